//! Settings, read once: flags over `PROVDIR_*` environment variables over `provdir.toml` over the defaults written here.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;

use crate::interfaces::http::{links, oidc, oidc_code::ClientSecret};

/// The file read when `--config` names no other. It need not exist.
const FILE: &str = "provdir.toml";

macro_rules! settings {
    (
        needed { $($(#[doc = $doc:literal])+ $name:ident: $type:ident = $default:expr, $env:literal, $value:literal;)+ }
        optional { $($(#[doc = $odoc:literal])+ $oname:ident: $otype:ident, $oenv:literal, $ovalue:literal;)+ }
    ) => {
        /// What the program runs with.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $name: $type,)+
            $($(#[doc = $odoc])+ pub $oname: Option<$otype>,)+
        }

        /// Settings as one source gives them: the command line with the environment, or the file.
        #[derive(Clone, Debug, Default, clap::Args, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[command(next_help_heading = "Settings")]
        pub struct Layer {
            $($(#[doc = $doc])+
            #[arg(long, global = true, env = $env, hide_env = true, value_name = $value)]
            pub $name: Option<$type>,)+
            $($(#[doc = $odoc])+
            #[arg(long, global = true, env = $oenv, hide_env = true, hide_env_values = true, value_name = $ovalue)]
            pub $oname: Option<$otype>,)+
            /// Settings file (TOML, the same names with `_`) [default: provdir.toml, if there is one].
            #[arg(long, global = true, env = "PROVDIR_CONFIG", hide_env = true, value_name = "FILE")]
            #[serde(skip)]
            pub config: Option<PathBuf>,
        }

        impl Layer {
            /// These settings, and where they say nothing those of `lower`, and where both say nothing the defaults.
            fn over(self, lower: Self) -> Settings {
                Settings {
                    $($name: self.$name.or(lower.$name).unwrap_or_else(|| $default),)+
                    $($oname: self.$oname.or(lower.$oname),)+
                }
            }
        }
    };
}

settings! {
    needed {
        /// Folder of the managed Postgres and the index [default: ./.provdir; as root /var/lib/provdir].
        data: PathBuf = crate::store::default_data_dir(), "PROVDIR_DATA", "DIR";
        /// Address and port to serve on; port 0 takes a free one [default: 127.0.0.1:8080].
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)), "PROVDIR_LISTEN", "ADDRESS";
        /// Path prefix under which a gateway publishes the server, such as /api/v1 [default: none].
        prefix: String = String::new(), "PROVDIR_PREFIX", "PATH";
        /// Most connections to Postgres [default: 16].
        max_connections: u32 = 16, "PROVDIR_MAX_CONNECTIONS", "N";
        /// Longest wait of the change feed for a notification before it looks by itself, in milliseconds [default: 1000].
        feed_poll_ms: u64 = 1_000, "PROVDIR_FEED_POLL_MS", "MS";
        /// Most changes that the feed takes at once [default: 1000].
        feed_batch: usize = 1_000, "PROVDIR_FEED_BATCH", "N";
        /// Longest time that visible changes wait to be written to index segments, in milliseconds [default: 1000].
        commit_after_ms: u64 = 1_000, "PROVDIR_COMMIT_AFTER_MS", "MS";
        /// Number of visible changes at which segments are written at once [default: 10000].
        commit_changes: usize = 10_000, "PROVDIR_COMMIT_CHANGES", "N";
        /// Most requests of one caller in a minute; 0: no limit [default: 0].
        requests_per_minute: u32 = 0, "PROVDIR_REQUESTS_PER_MINUTE", "N";
        /// Most tries to sign in to one account in a minute; 0: no limit [default: 10].
        sign_ins_per_minute: u32 = 10, "PROVDIR_SIGN_INS_PER_MINUTE", "N";
        /// Most providers at locations that one search may look at one by one [default: 20000000].
        search_documents: u64 = 20_000_000, "PROVDIR_SEARCH_DOCUMENTS", "N";
        /// Longest time that one search may compute, in milliseconds [default: 2000].
        search_time_ms: u64 = 2_000, "PROVDIR_SEARCH_TIME_MS", "MS";
        /// Searches that take so long are logged with their plan, in milliseconds; 0: all [default: 50].
        slow_query_ms: u64 = 50, "PROVDIR_SLOW_QUERY_MS", "MS";
        /// How long people who are signed in go on searching while Postgres is away, in seconds [default: 300].
        identity_patience_s: u64 = 300, "PROVDIR_IDENTITY_PATIENCE_S", "S";
        /// Whether listings of ACTIVE providers that nobody confirmed in time (ninety days, facilities twelve months, and five
        /// business days more) are taken out of searches until somebody does [default: false].
        listing_removal: bool = false, "PROVDIR_LISTING_REMOVAL", "BOOL";
        /// Whether a gateway in front says in X-Forwarded-For who the caller is [default: false].
        behind_gateway: bool = false, "PROVDIR_BEHIND_GATEWAY", "BOOL";
        /// Whether webhooks of tenants and of outside providers may lead into inner nets, and to this machine [default: false].
        webhooks_inside: bool = false, "PROVDIR_WEBHOOKS_INSIDE", "BOOL";
        /// What is logged, as in RUST_LOG [default: info, less from the libraries].
        log: String = "info,sqlx=warn,tantivy=warn,temporalio_client=error,temporalio_sdk_core=warn".to_owned(), "PROVDIR_LOG", "FILTER";
        /// How it is logged, to standard error: pretty or json [default: pretty].
        log_format: LogFormat = LogFormat::Pretty, "PROVDIR_LOG_FORMAT", "FORMAT";
    }
    optional {
        /// A Postgres of one's own, version 13 or newer, as its owner [default: one that the program manages].
        database_url: DatabaseUrl, "DATABASE_URL", "URL";
        /// Folder with initdb, pg_ctl and postgres for the managed Postgres [default: looked for].
        pg_bindir: PathBuf, "PROVDIR_PG_BINDIR", "DIR";
        /// Folder with the vocabularies, watched for edits [default: those compiled in].
        index_schema: PathBuf, "PROVDIR_INDEX_SCHEMA", "DIR";
        /// Kafka brokers that events are published to, host:port, separated by commas (feature kafka).
        kafka: String, "PROVDIR_KAFKA", "BROKERS";
        /// NATS server with JetStream that events are published to (feature nats).
        nats: String, "PROVDIR_NATS", "URL";
        /// Temporal server that waits for the steps of credentialing, such as http://127.0.0.1:7233; its namespace, keys and
        /// certificates as for every client of Temporal, by TEMPORAL_NAMESPACE and so on (feature temporal).
        temporal: String, "PROVDIR_TEMPORAL", "URL";
        /// Issuer of OpenID Connect tokens that are taken as people's (iss) [default: none].
        oidc_issuer: String, "PROVDIR_OIDC_ISSUER", "URL";
        /// What their audience (aud) is [default: provdir].
        oidc_audience: String, "PROVDIR_OIDC_AUDIENCE", "NAME";
        /// Their issuer's keys, a JSON Web Key Set in a file [default: where the issuer publishes them].
        oidc_keys: PathBuf, "PROVDIR_OIDC_KEYS", "FILE";
        /// Client under which the issuer knows this server: lets people sign in to pages there [default: built-in accounts only].
        oidc_client_id: String, "PROVDIR_OIDC_CLIENT_ID", "ID";
        /// That client's secret, where the issuer has given one.
        oidc_client_secret: ClientSecret, "PROVDIR_OIDC_CLIENT_SECRET", "SECRET";
        /// What people call the issuer: "Sign in with .." [default: its host].
        oidc_name: String, "PROVDIR_OIDC_NAME", "NAME";
        /// Where browsers find this server, prefix included; the issuer sends people back to its /sign-in/oidc/callback.
        public_url: String, "PROVDIR_PUBLIC_URL", "URL";
        /// File to write the port to once the server listens.
        port_file: PathBuf, "PROVDIR_PORT_FILE", "FILE";
    }
}

/// Where a log line is read: by a person or by a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Coloured, for a terminal.
    Pretty,
    /// One object a line.
    Json,
}

/// A connection string. It may hold a password, so it never shows itself.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The string, for the one place that connects.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(..)")
    }
}

impl FromStr for DatabaseUrl {
    type Err = std::convert::Infallible;

    /// Takes any text: what the command line refuses it repeats, password and all. [`Settings::resolve`] judges it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not there (and was asked for), or can't be read.
    #[error("read settings from {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// A line of the file is no setting.
    #[error("understand {}", .0.display())]
    Understand(PathBuf, #[source] toml::de::Error),
    /// A value that can't work.
    #[error("use {setting} = {value}: {reason}")]
    Value {
        /// The setting's name.
        setting: &'static str,
        /// As given.
        value: String,
        /// What would work.
        reason: &'static str,
    },
}

impl Settings {
    /// Puts `given` (flags and environment) over the settings file and the defaults.
    ///
    /// # Errors
    /// If the file that was named is not there, if a file has a line that is no setting, or a value can't work.
    pub fn resolve(given: Layer) -> Result<Self, Error> {
        let file = match &given.config {
            Some(path) => read(path)?,
            None if Path::new(FILE).exists() => read(Path::new(FILE))?,
            None => Layer::default(),
        };
        given.over(file).checked()
    }

    fn checked(mut self) -> Result<Self, Error> {
        self.prefix.truncate(self.prefix.trim_end_matches('/').len());
        if !self.prefix.is_empty() && !links::is_prefix(&self.prefix) {
            let reason = "a prefix starts with / and has letters, digits, `.`, `-`, `_` and `~` between its slashes";
            return Err(value("prefix", &self.prefix, reason));
        }
        let schemes = ["postgres://", "postgresql://"];
        if self
            .database_url
            .as_ref()
            .is_some_and(|url| !schemes.iter().any(|s| url.0.starts_with(s)))
        {
            return Err(value("database_url", "(hidden)", "it starts with postgres://"));
        }
        if let Some(server) = &self.temporal
            && !["http://", "https://"].iter().any(|s| server.starts_with(s))
        {
            return Err(value("temporal", server, "it starts with http:// or https://"));
        }
        if let (Some(issuer), None) = (&self.oidc_issuer, &self.oidc_keys)
            && !oidc::is_public(issuer)
        {
            let reason = "an address like https://login.example.org, http on this machine only";
            return Err(value("oidc_issuer", issuer, reason));
        }
        if let (None, Some(keys)) = (&self.oidc_issuer, &self.oidc_keys) {
            return Err(value("oidc_keys", keys.display(), "it needs oidc_issuer"));
        }
        if let Some(client) = &self.oidc_client_id
            && (self.oidc_issuer.is_none() || self.public_url.is_none())
        {
            return Err(value("oidc_client_id", client, "it needs oidc_issuer and public_url"));
        }
        if self.oidc_client_secret.is_some() && self.oidc_client_id.is_none() {
            return Err(value("oidc_client_secret", "(hidden)", "it needs oidc_client_id"));
        }
        for (setting, given, needed, reason) in [
            (
                "oidc_audience",
                &self.oidc_audience,
                self.oidc_issuer.is_some(),
                "it needs oidc_issuer",
            ),
            (
                "oidc_name",
                &self.oidc_name,
                self.oidc_client_id.is_some(),
                "it needs oidc_client_id",
            ),
        ] {
            if let (Some(given), false) = (given, needed) {
                return Err(value(setting, given, reason));
            }
        }
        if let Some(url) = &mut self.public_url {
            url.truncate(url.trim_end_matches('/').len());
            if !oidc::is_public(url) {
                let reason = "an address like https://directory.example.org, http on this machine only";
                return Err(value("public_url", &*url, reason));
            }
        }
        for (setting, given) in [
            ("feed_poll_ms", self.feed_poll_ms),
            ("feed_batch", self.feed_batch as u64),
            ("search_documents", self.search_documents),
            ("search_time_ms", self.search_time_ms),
            ("commit_after_ms", self.commit_after_ms),
            ("commit_changes", self.commit_changes as u64),
        ] {
            if given == 0 {
                return Err(value(setting, given, "it is at least 1"));
            }
        }
        // The change feed keeps one.
        if self.max_connections < 2 {
            return Err(value("max_connections", self.max_connections, "it is at least 2"));
        }
        Ok(self)
    }
}

fn value(setting: &'static str, value: impl ToString, reason: &'static str) -> Error {
    Error::Value {
        setting,
        value: value.to_string(),
        reason,
    }
}

fn read(path: &Path) -> Result<Layer, Error> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::Read(path.to_owned(), e))?;
    toml::from_str(&text).map_err(|e| Error::Understand(path.to_owned(), e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(text: &str) -> Layer {
        toml::from_str(text).expect("settings")
    }

    #[test]
    fn what_is_given_wins_over_the_file_and_the_file_over_the_defaults() {
        let settings = layer("listen = '0.0.0.0:1'").over(layer("listen = '0.0.0.0:2'\nfeed_batch = 7"));
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(settings.feed_batch, 7);
        assert_eq!(settings.commit_after_ms, 1_000);
    }

    #[test]
    fn a_line_that_is_no_setting_is_refused() {
        assert!(toml::from_str::<Layer>("listn = '0.0.0.0:1'").is_err());
    }

    #[test]
    fn values_that_cannot_work_are_refused_by_name() {
        for (text, name) in [
            ("prefix = 'api'", "prefix"),
            ("prefix = '/a{b'", "prefix"),
            ("feed_batch = 0", "feed_batch"),
            ("temporal = 'localhost:7233'", "temporal"),
            ("max_connections = 1", "max_connections"),
            ("oidc_issuer = 'foo'", "oidc_issuer"),
            ("oidc_issuer = 'http://login.example.org'", "oidc_issuer"),
            ("oidc_audience = 'foo'", "oidc_audience"),
            ("oidc_name = 'bar'", "oidc_name"),
            (
                "oidc_issuer = 'https://login.example.org'\noidc_name = 'bar'",
                "oidc_name",
            ),
        ] {
            let refused = layer(text).over(Layer::default()).checked().expect_err(name);
            assert!(refused.to_string().contains(name), "{refused}");
        }
        let settings = layer("prefix = '/api/v1/'").over(Layer::default()).checked();
        assert_eq!(settings.expect("a prefix").prefix, "/api/v1");
    }

    #[test]
    fn a_password_does_not_show() {
        let said = "database_url = 'postgres://u:hidden@h/d'\noidc_client_secret = 'hidden'";
        let settings = layer(said).over(Layer::default());
        assert!(!format!("{settings:?}").contains("hidden"));
    }
}
