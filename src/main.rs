//! The command `provdir`: reads the command line and the settings, opens the rooms a command needs, runs it.

use std::{error::Error, io::IsTerminal, process::ExitCode, sync::Arc};

use chrono::{DateTime, Utc};
use clap::Parser;
use provider_directory::{
    app::{self, App},
    bench,
    config::{Layer, LogFormat, Settings},
    domain::{npi_life::NpiLives, reference::Reference},
    index::Index,
    interfaces::cli::{self, Command, CommandLine},
    query,
    store::{Store, networks},
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

/// Commands that need no Postgres first, then those that need the store alone, then those that need everything.
async fn dispatch(command: &Command, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    use cli::index::Command as Index;
    match command {
        Command::Version { json } => Ok(cli::version(*json)?),
        Command::Generate(options) => Ok(cli::generate::run(options)?),
        Command::Bench(options) => measure(options, settings).await,
        Command::Search(options) => search(options, settings).await,
        Command::Match(options) => matching(options, settings).await,
        Command::Index(Index::Status { json }) => {
            let (index, _) = app::read_index(settings)?;
            Ok(cli::index::status(&index, *json)?)
        }
        Command::Import(command) => import(command, settings).await,
        Command::User(command) => {
            has_directory(settings)?;
            with_store(settings, async |store| cli::user::run(store, command, now()).await).await
        }
        Command::Organization(command) => {
            has_directory(settings)?;
            with_store(settings, async |store| cli::organization::run(store, command).await).await
        }
        Command::Token(command) => {
            has_directory(settings)?;
            with_store(settings, async |store| cli::token::run(store, command, now()).await).await
        }
        Command::Audit(command) => {
            has_directory(settings)?;
            with_store(settings, async |store| cli::audit::run(store, command).await).await
        }
        Command::Demo(options) => with_app(settings, async |app, stop| serve(app, Some(options), stop).await).await,
        Command::Serve => with_app(settings, async |app, stop| serve(app, None, stop).await).await,
        Command::Mcp(options) => with_app(settings, async |app, stop| speak(app, options, stop).await).await,
        Command::Index(command) => {
            has_directory(settings)?;
            with_app(settings, async |app, stop| {
                let kept = stop.run_until_cancelled(keep_index(app, command)).await;
                kept.unwrap_or_else(|| Err(STOPPED.into()))
            })
            .await
        }
    }
}

/// What only looks after a directory, or lets somebody into it, must not make one: the folder was mistyped, in an empty directory
/// everything is in order, and a token for it is good for nothing.
fn has_directory(settings: &Settings) -> Result<(), String> {
    if app::has_store(settings) {
        return Ok(());
    }
    let folder = settings.data.display();
    Err(format!(
        "there is no directory in {folder}: `provdir serve` or `provdir demo` makes one"
    ))
}

/// What asks the index alone has nobody beside it who builds one.
fn is_built(index: &Index, settings: &Settings) -> Result<(), String> {
    if index.position().is_some() {
        return Ok(());
    }
    let folder = settings.data.display();
    Err(format!(
        "no index is built in {folder}: `provdir serve` or `provdir index rebuild` builds it"
    ))
}

/// What was begun can be begun again: every command goes on from what is committed.
const STOPPED: &str = "stopped; the same command goes on from here";

/// Opens the store, and closes it whatever becomes of the work.
async fn with_store(
    settings: &Settings,
    work: impl AsyncFnOnce(&Store) -> Result<ExitCode, cli::Error>,
) -> Result<ExitCode, Box<dyn Error>> {
    let store = app::open_store(settings).await?;
    let outcome = work(&store).await;
    store.close().await;
    Ok(outcome?)
}

/// Opens everything, and closes it whatever becomes of the work.
async fn with_app(
    settings: &Settings,
    work: impl AsyncFnOnce(&App, CancellationToken) -> Result<ExitCode, Box<dyn Error>>,
) -> Result<ExitCode, Box<dyn Error>> {
    // From here on a signal ends the work in order, or the Postgres that is started next would be left behind.
    let stop = app::stop_signals()?;
    let app = App::open(settings, now).await?;
    let outcome = work(&app, stop).await;
    app.close().await;
    outcome
}

async fn search(options: &cli::search::Options, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let (index, schema) = app::read_index(settings)?;
    let reference = if options.asks_store() {
        known_networks(settings).await?
    } else {
        Reference::default()
    };
    let searched = cli::search::run(&index, &schema.lexicon(), &reference, options, now());
    if matches!(searched, Err(cli::Error::Query(query::Error::NotBuilt))) {
        is_built(&index, settings)?;
    }
    Ok(searched?)
}

/// The networks and plans that a search may name.
async fn known_networks(settings: &Settings) -> Result<Reference, Box<dyn Error>> {
    has_directory(settings)?;
    let store = app::open_store(settings).await?;
    let reference = networks::reference(&store).await;
    store.close().await;
    Ok(reference?)
}

async fn import(command: &cli::import::Command, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let stop = app::stop_signals()?;
    let lexicon = app::open_schema(settings)?.lexicon();
    let store = app::open_store(settings).await?;
    let outcome = stop
        .run_until_cancelled(cli::import::run(&store, &lexicon, command, now()))
        .await;
    store.close().await;
    outcome.map_or_else(|| Err(STOPPED.into()), |done| Ok(done?))
}

/// Serves until told to stop; a demo first makes what it shows.
async fn serve(
    app: &App,
    demo: Option<&cli::demo::Options>,
    stop: CancellationToken,
) -> Result<ExitCode, Box<dyn Error>> {
    let listener = app.listen().await?;
    if let Some(options) = demo {
        let lexicon = app.schema.lexicon();
        let loading = cli::demo::load(&app.store, &lexicon, app.data(), options, now());
        stop.run_until_cancelled(loading).await.ok_or(STOPPED)??;
    }
    let feed = app.follow();
    let served = async {
        if demo.is_some() {
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

/// Answers a client of the Model Context Protocol over standard input and output.
async fn speak(app: &App, options: &cli::mcp::Options, stop: CancellationToken) -> Result<ExitCode, Box<dyn Error>> {
    let feed = app.follow();
    let spoken = async {
        stop.run_until_cancelled(feed.caught_up()).await.ok_or(STOPPED)??;
        Ok(cli::mcp::run(app.rooms(&feed), options, stop.clone()).await?)
    };
    let spoken = spoken.await;
    feed.stop().await;
    spoken
}

/// Looks after the index by the store.
async fn keep_index(app: &App, command: &cli::index::Command) -> Result<ExitCode, Box<dyn Error>> {
    use cli::index::Command as Index;
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

/// Matches from the index, with what the store knows of NPIs where there is one; the rest goes into the store or comes from it.
async fn matching(options: &cli::matching::Options, settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let (index, schema) = app::read_index(settings)?;
    if options.asks_index() {
        is_built(&index, settings)?;
    }
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
