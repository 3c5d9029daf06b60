//! The command `provdir`: reads the command line and the settings, opens the rooms a command needs, runs it.

use std::{error::Error, io::IsTerminal, process::ExitCode, sync::Arc};

use chrono::{DateTime, Utc};
use clap::Parser;
use provider_directory::{
    app::{self, App},
    bench,
    config::{Layer, LogFormat, Settings},
    domain::{npi_life::NpiLives, reference::Reference},
    interfaces::cli::{self, Command, CommandLine},
};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Many short-lived allocations on many threads: a good part of a search's time with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let line = CommandLine::<Layer>::parse();
    match run(line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("provdir: {}", in_one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(line: CommandLine<Layer>) -> Result<ExitCode, Box<dyn Error>> {
    let mut settings = Settings::resolve(line.settings)?;
    log_to_stderr(&settings)?;
    if let Command::Demo(options) = &line.command {
        options.port.inspect(|port| settings.listen.set_port(*port));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(dispatch(&line.command, &settings))
}

/// Commands that need no Postgres first, then those that need nothing else, then those that need everything.
async fn dispatch(command: &Command, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Version { json } => Ok(cli::version(*json)?),
        Command::Generate(options) => Ok(cli::generate::run(options)?),
        Command::Bench(options) => measure(options, settings).await,
        Command::Search(options) => {
            let (index, schema) = app::read_index(settings)?;
            Ok(cli::search::run(
                &index,
                &schema.lexicon(),
                &Reference::default(),
                options,
                now(),
            )?)
        }
        Command::Match(options) => matching(options, settings).await,
        Command::Index(cli::index::Command::Status { json }) => {
            let (index, _) = app::read_index(settings)?;
            Ok(cli::index::status(&index, *json)?)
        }
        Command::Import(command) => {
            let stop = app::stop_signals()?;
            let schema = app::open_schema(settings)?;
            let store = app::open_store(settings).await?;
            let lexicon = schema.lexicon();
            let outcome = stop
                .run_until_cancelled(cli::import::run(&store, &lexicon, command, now()))
                .await;
            store.close().await;
            outcome.map_or_else(|| Err(STOPPED.into()), |done| Ok(done?))
        }
        Command::User(command) => {
            let store = app::open_store(settings).await?;
            let outcome = cli::user::run(&store, command, now()).await;
            store.close().await;
            Ok(outcome?)
        }
        Command::Organization(command) => {
            let store = app::open_store(settings).await?;
            let outcome = cli::organization::run(&store, command).await;
            store.close().await;
            Ok(outcome?)
        }
        Command::Token(command) => {
            let store = app::open_store(settings).await?;
            let outcome = cli::token::run(&store, command, now()).await;
            store.close().await;
            Ok(outcome?)
        }
        Command::Audit(command) => {
            let store = app::open_store(settings).await?;
            let outcome = cli::audit::run(&store, command).await;
            store.close().await;
            Ok(outcome?)
        }
        _ => {
            // From here on a signal ends the work in order, or the Postgres that is started next would be left behind.
            let stop = app::stop_signals()?;
            let app = App::open(settings, now).await?;
            let outcome = match command {
                Command::Demo(_) | Command::Serve => serve(command, &app, stop).await,
                Command::Mcp(options) => {
                    let feed = app.follow();
                    let spoken = async {
                        stop.run_until_cancelled(feed.caught_up()).await.ok_or(STOPPED)??;
                        Ok(cli::mcp::run(app.rooms(&feed), options, stop.clone()).await?)
                    };
                    let spoken = spoken.await;
                    feed.stop().await;
                    spoken
                }
                _ => match stop.run_until_cancelled(with_store(command, &app)).await {
                    Some(outcome) => outcome,
                    None => Err(STOPPED.into()),
                },
            };
            app.close().await;
            outcome
        }
    }
}

/// What was begun can be begun again: every command goes on from what is committed.
const STOPPED: &str = "stopped; the same command goes on from here";

/// Prepares what the command serves, and serves it until told to stop.
async fn serve(command: &Command, app: &App, stop: CancellationToken) -> Result<ExitCode, Box<dyn Error>> {
    let listener = app.listen().await?;
    if let Command::Demo(options) = command {
        let lexicon = app.schema.lexicon();
        let loading = cli::demo::load(&app.store, &lexicon, app.data(), options, now());
        stop.run_until_cancelled(loading).await.ok_or(STOPPED)??;
    }
    let feed = app.follow();
    let served = async {
        if matches!(command, Command::Demo(_)) {
            let indexing = cli::demo::index(&feed, &app.store, &app.index);
            stop.run_until_cancelled(indexing).await.ok_or(STOPPED)??;
            let token = cli::demo::token(&app.store, now()).await?;
            let password = cli::demo_accounts::make(&app.store, app.data(), now()).await?;
            let portal = cli::demo_content::make(&app.store, now()).await?;
            let providers = app.index.status().providers;
            app.announce(&listener)?;
            cli::demo::tell(listener.local_addr()?, app.prefix(), providers, &token)?;
            let base = format!("http://{}{}", listener.local_addr()?, app.prefix());
            cli::demo_accounts::tell(&base, &password, portal.as_deref())?;
            cli::demo::tell_how_to_stop()?;
        } else {
            app.announce(&listener)?;
        }
        Ok(app.serve(listener, &feed, stop.clone()).await?)
    };
    let served = served.await;
    feed.stop().await;
    served.map(|()| ExitCode::SUCCESS)
}

async fn with_store(command: &Command, app: &App) -> Result<ExitCode, Box<dyn Error>> {
    use cli::index::Command as Index;
    match command {
        Command::Index(command) => {
            let feed = app.follow();
            let outcome = match command {
                Index::Rebuild { json } => cli::index::rebuild(&feed, *json).await,
                Index::Reconcile { json } => cli::index::reconcile(&app.store, &app.index, &feed, *json).await,
                Index::Verify { json } => cli::index::verify(&app.store, &app.index, &feed, *json).await,
                Index::Status { json } => cli::index::status(&app.index, *json),
            };
            feed.stop().await;
            Ok(outcome?)
        }
        Command::Demo(_)
        | Command::Serve
        | Command::Mcp(_)
        | Command::Generate(_)
        | Command::Search(_)
        | Command::Bench(_)
        | Command::Version { .. }
        | Command::Import(_)
        | Command::Match(_)
        | Command::Audit(_)
        | Command::User(_)
        | Command::Organization(_)
        | Command::Token(_) => unreachable!("answered elsewhere"),
    }
}

/// Matches from the index, with what the store knows of NPIs where there is one; the rest goes into the store or comes from it.
async fn matching(options: &cli::matching::Options, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let (index, schema) = app::read_index(settings)?;
    if !options.needs_store() {
        let lives = if options.follows_lives() && app::has_store(settings) {
            known_lives(settings).await
        } else {
            Arc::default()
        };
        return Ok(cli::matching::run(&index, &schema, options, lives)?);
    }
    let store = app::open_store(settings).await?;
    let outcome = cli::matching::run_with_store(&store, &index.snapshot(), options, now()).await;
    store.close().await;
    Ok(outcome?)
}

/// What the store knows of replaced and deactivated NPIs; nothing where it is away.
async fn known_lives(settings: &Settings) -> Arc<NpiLives> {
    match app::open_store(settings).await {
        Ok(store) => {
            let lives = cli::matching::lives(&store).await;
            store.close().await;
            lives
        }
        Err(error) => {
            cli::matching::without_lives(&error);
            Arc::default()
        }
    }
}

/// Runs the bench on an index of its own, beside that of the directory.
async fn measure(options: &cli::bench::Options, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let asked = bench::Options {
        providers: options.providers(),
        seed: options.seed,
        queries: options.queries,
        rounds: options.rounds,
        check: options.check,
        kinds: options.kinds.clone(),
        slowest: options.slowest,
        folder: cli::bench::folder(&settings.data, options),
        now: now(),
        rival: options.against.map(|cli::bench::Rival::Postgres| {
            let folder = cli::bench::postgres_folder(&settings.data, options);
            bench::Rival::Managed(folder, settings.pg_bindir.clone())
        }),
        load: options.load(),
        plot: options.plot.clone(),
    };
    let report = bench::run(&asked, &mut |line| cli::bench::said(line)).await?;
    Ok(cli::bench::report(&report, options)?)
}

/// The one place that reads the clock; everything else is told the time.
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn log_to_stderr(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(&settings.log)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Pretty => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// An error with its causes: `open the store: find Postgres: ...`.
fn in_one_line(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |e| (*e).source());
    let mut said = vec![error.to_string()];
    for cause in causes {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            said.push(cause);
        }
    }
    said.join(": ")
}
