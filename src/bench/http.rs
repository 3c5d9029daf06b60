//! The mix over HTTP: the server as `provdir serve` runs it, on its own runtime, and clients on threads of the same
//! machine that keep their connections and wait for each answer before they ask again.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{
    Error,
    mix::{Asked, Query},
    report::percentile,
};
use crate::feed::Feed;
use crate::index::Index;
use crate::interfaces::http::{Rooms, Settings, parameters, serve, work::Manner};
use crate::store::Store;

/// Connections of each of the two threads that ask as much as they can.
const CONNECTIONS: usize = 16;
const THREADS: usize = 2;

/// What came of it, one row for each way of computing and for a path that computes nothing.
#[derive(Clone, Debug, Serialize)]
pub struct Http {
    /// The rows.
    pub rows: Vec<Row>,
}

/// One way of computing; times in microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was asked, and where the server computed it.
    pub what: &'static str,
    /// Requests of the one connection.
    pub requests: usize,
    /// Median of one connection.
    pub p50: f64,
    /// 99th percentile of one connection.
    pub p99: f64,
    /// 99.9th percentile of one connection.
    pub p999: f64,
    /// Greatest of one connection.
    pub max: f64,
    /// Connections of the load.
    pub connections: usize,
    /// Answers a second under load.
    pub per_second: f64,
    /// Median under load.
    pub loaded_p50: f64,
    /// 99th percentile under load.
    pub loaded_p99: f64,
    /// Answers other than 200.
    pub failed: usize,
}

/// Serves an index and measures: `rounds` times the whole mix on one connection, then as much as is answered for a while.
pub fn run(index: &Index, queries: &[Query], rounds: usize, load: Duration) -> Result<Http, Error> {
    let mix: Vec<Vec<u8>> = queries.iter().map(|query| request(&path(query))).collect();
    let nothing = vec![request("/healthz")];
    let mut rows = Vec::new();
    for (what, manner, asked) in [
        ("a path that computes nothing", Manner::OnTheSpot, &nothing),
        ("searches on the spot", Manner::OnTheSpot, &mix),
        ("searches in place (block_in_place)", Manner::InPlace, &mix),
        ("searches handed over (spawn_blocking)", Manner::HandedOver, &mix),
    ] {
        let served = Served::start(index, manner)?;
        // One path is asked as often as all of the mix.
        let repeated = if asked.len() == 1 { rounds * mix.len() } else { rounds };
        rows.push(measure(what, served.address, asked, repeated, load)?);
        served.stop();
    }
    Ok(Http { rows })
}

fn path(query: &Query) -> String {
    match &query.asked {
        Asked::Search(pairs) => {
            let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            format!("/providers/search?{}", parameters::encode(pairs))
        }
        Asked::Suggest(text) => {
            let pairs = [("q", text.as_str()), ("limit", "10")];
            format!("/providers/suggest?{}", parameters::encode(pairs))
        }
    }
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// A server on a runtime of its own.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    thread: thread::JoinHandle<()>,
}

impl Served {
    fn start(index: &Index, manner: Manner) -> Result<Self, Error> {
        let (index, stop) = (index.clone(), CancellationToken::new());
        let (tell, told) = std::sync::mpsc::channel();
        let until = stop.clone();
        let thread = thread::spawn(move || {
            let served = || -> io::Result<()> {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
                runtime.block_on(async {
                    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                    // Nobody may be left to wait for an answer that never comes: the address is told last.
                    let settings = Settings {
                        manner,
                        ..Settings::default()
                    };
                    let (schema, feed) = (index.schema().clone(), Feed::at_rest(&index));
                    let rooms = Rooms::new(Store::away(), index, schema, feed, settings, chrono::Utc::now);
                    let _ = tell.send(listener.local_addr()?);
                    serve(listener, Arc::new(rooms), until.cancelled_owned()).await
                })
            };
            if let Err(error) = served() {
                tracing::error!(%error, "the server of the bench has ended");
            }
        });
        let address = told.recv().map_err(io::Error::other)?;
        Ok(Self { address, stop, thread })
    }

    fn stop(self) {
        self.stop.cancel();
        let _ = self.thread.join();
    }
}

fn measure(
    what: &'static str,
    address: SocketAddr,
    asked: &[Vec<u8>],
    rounds: usize,
    load: Duration,
) -> Result<Row, Error> {
    let mut failed = 0;
    let mut one = Client::connect(address)?;
    let mut alone = Vec::with_capacity(rounds * asked.len());
    for round in 0..=rounds {
        for request in asked {
            let began = Instant::now();
            one.ask(request)?;
            failed += usize::from(one.answer()? != 200);
            if round > 0 {
                alone.push(began.elapsed());
            }
        }
    }
    drop(one);
    let over = AtomicBool::new(false);
    let began = Instant::now();
    let loaded = thread::scope(|scope| {
        let over = &over;
        let started: Vec<_> = (0..THREADS)
            .map(|number| scope.spawn(move || ask_on(address, asked, number * asked.len() / THREADS, over)))
            .collect();
        thread::sleep(load);
        over.store(true, Ordering::Relaxed);
        started
            .into_iter()
            .map(|thread| thread.join().map_err(|_| io::Error::other("a client broke off"))?)
            .collect::<io::Result<Vec<_>>>()
    })?;
    let took = began.elapsed();
    failed += loaded.iter().map(|(_, failed)| failed).sum::<usize>();
    let mut times: Vec<Duration> = loaded.into_iter().flat_map(|(times, _)| times).collect();
    alone.sort_unstable();
    times.sort_unstable();
    Ok(Row {
        what,
        requests: alone.len(),
        p50: percentile(&alone, 0.5),
        p99: percentile(&alone, 0.99),
        p999: percentile(&alone, 0.999),
        max: percentile(&alone, 1.0),
        connections: THREADS * CONNECTIONS,
        per_second: (times.len() as f64 / took.as_secs_f64()).round(),
        loaded_p50: percentile(&times, 0.5),
        loaded_p99: percentile(&times, 0.99),
        failed,
    })
}

/// Asks on many connections, on each again as soon as its answer is there, until it is over. Times, and how many failed.
fn ask_on(
    address: SocketAddr,
    asked: &[Vec<u8>],
    first: usize,
    over: &AtomicBool,
) -> io::Result<(Vec<Duration>, usize)> {
    let mut clients: Vec<Client> = (0..CONNECTIONS)
        .map(|_| Client::connect(address))
        .collect::<io::Result<_>>()?;
    let (mut times, mut failed) = (Vec::with_capacity(1 << 18), 0);
    let mut next = first;
    let mut ask = |client: &mut Client| {
        next = (next + 1) % asked.len();
        client.ask(&asked[next])
    };
    for client in &mut clients {
        ask(client)?;
    }
    loop {
        for client in &mut clients {
            failed += usize::from(client.answer()? != 200);
            times.push(client.asked.elapsed());
            ask(client)?;
        }
        if over.load(Ordering::Relaxed) {
            return Ok((times, failed));
        }
    }
}

/// One connection, kept.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    asked: Instant,
}

impl Client {
    fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            stream,
            buffer: vec![0; 1 << 20],
            asked: Instant::now(),
        })
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.asked = Instant::now();
        self.stream.write_all(request)
    }

    /// Reads one answer to its end, and tells its status.
    fn answer(&mut self) -> io::Result<u16> {
        let (mut filled, mut head) = (0, None);
        loop {
            let whole = match head {
                Some((_, whole)) => whole,
                None => {
                    head = self.head(filled)?;
                    head.map_or(usize::MAX, |(_, whole)| whole)
                }
            };
            if let Some((status, _)) = head.filter(|_| filled >= whole) {
                return Ok(status);
            }
            if filled == self.buffer.len() {
                self.buffer.resize(2 * filled, 0);
            }
            match self.stream.read(&mut self.buffer[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => filled += more,
            }
        }
    }

    /// Status and whole length of an answer, once its head is there.
    fn head(&self, filled: usize) -> io::Result<Option<(u16, usize)>> {
        let got = &self.buffer[..filled];
        let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&got[..end]).map_err(io::Error::other)?;
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        match status.zip(length) {
            Some((status, length)) => Ok(Some((status, end + 4 + length))),
            None => Err(io::Error::other("an answer without status or length")),
        }
    }
}
