//! The command `provdir`: reads the command line and the settings, opens the rooms a command needs, runs it.

use std::{error::Error, process::ExitCode};

use chrono::{DateTime, Utc};
use clap::Parser;
use provider_directory::{
    app::{self, App},
    config::{Layer, LogFormat, Settings},
    domain::reference::Reference,
    interfaces::cli::{self, Command, CommandLine},
};
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
        Command::Index(cli::index::Command::Status { json }) => {
            let (index, _) = app::read_index(settings)?;
            Ok(cli::index::status(&index, *json)?)
        }
        Command::Import(command) => {
            let schema = app::open_schema(settings)?;
            let store = app::open_store(settings).await?;
            let outcome = cli::import::run(&store, &schema.lexicon(), command, now()).await;
            store.close().await;
            Ok(outcome?)
        }
        Command::Token(command) => {
            let store = app::open_store(settings).await?;
            let outcome = cli::token::run(&store, command, now()).await;
            store.close().await;
            Ok(outcome?)
        }
        _ => {
            let app = App::open(settings, now).await?;
            let outcome = with_store(command, &app).await;
            app.close().await;
            outcome
        }
    }
}

async fn with_store(command: &Command, app: &App) -> Result<ExitCode, Box<dyn Error>> {
    use cli::index::Command as Index;
    match command {
        Command::Demo(options) => {
            let listener = app.listen().await?;
            cli::demo::load(&app.store, &app.schema.lexicon(), app.data(), options, now()).await?;
            let feed = app.follow();
            cli::demo::index(&feed, &app.store, &app.index).await?;
            let token = cli::demo::token(&app.store, now()).await?;
            app.announce(&listener)?;
            cli::demo::tell(
                listener.local_addr()?,
                app.prefix(),
                app.index.status().providers,
                &token,
            )?;
            let served = app.serve(listener, &feed).await;
            feed.stop().await;
            served?;
        }
        Command::Serve => {
            let listener = app.listen().await?;
            let feed = app.follow();
            app.announce(&listener)?;
            let served = app.serve(listener, &feed).await;
            feed.stop().await;
            served?;
        }
        Command::Index(command) => {
            let feed = app.follow();
            let outcome = match command {
                Index::Rebuild { json } => cli::index::rebuild(&feed, *json).await,
                Index::Reconcile { json } => cli::index::reconcile(&app.store, &app.index, &feed, *json).await,
                Index::Verify { json } => cli::index::verify(&app.store, &app.index, &feed, *json).await,
                Index::Status { json } => cli::index::status(&app.index, *json),
            };
            feed.stop().await;
            return Ok(outcome?);
        }
        Command::Generate(_)
        | Command::Search(_)
        | Command::Version { .. }
        | Command::Import(_)
        | Command::Token(_) => unreachable!("answered without the index"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The one place that reads the clock; everything else is told the time.
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn log_to_stderr(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_new(&settings.log)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
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
