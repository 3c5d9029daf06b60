//! The real program as a process of its own: started, asked, stopped, killed.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::house;

/// What ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often a test kills the server: a few times, or as often as a soak wants it (`PROVDIR_SOAK_KILLS`).
pub fn kills(few: usize) -> usize {
    let soak = std::env::var("PROVDIR_SOAK_KILLS").ok();
    soak.map_or(few, |kills| kills.parse().expect("PROVDIR_SOAK_KILLS is a number"))
}

/// A data folder that Postgres can reach, gone with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one.
    pub fn new(name: &str) -> Self {
        // Two tests of one run may have taken the same name.
        static MADE: AtomicU64 = AtomicU64::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = house::ground_for(&format!("{name}-{}-{made}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A command on a data folder, ready to be run.
pub fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_provdir"));
    command
        .args(arguments)
        .args(["--log", "warn", "--data"])
        .arg(data)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_remove("DATABASE_URL");
    command
}

/// Runs a command to its end, which must be a good one; what it printed.
pub fn run(arguments: &[&str], data: &Path) -> String {
    let Output { status, stdout, stderr } = command(arguments, data).output().expect("the program runs");
    let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{arguments:?}: {said}{complained}");
    said.into_owned()
}

/// A server, killed at the latest when it is dropped.
pub struct Server {
    process: Child,
    port_file: PathBuf,
}

impl Server {
    /// Starts `provdir serve` or `provdir demo` on a port of its own.
    pub fn start(arguments: &[&str], data: &Path) -> Self {
        let port_file = data.join("port");
        let _ = std::fs::remove_file(&port_file);
        let process = command(arguments, data)
            .args(["--listen", "127.0.0.1:0", "--commit-after-ms", "20", "--port-file"])
            .arg(&port_file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        Self { process, port_file }
    }

    /// Its address, if it listens by now.
    pub fn address(&self) -> Option<String> {
        let port = std::fs::read_to_string(&self.port_file).ok()?;
        Some(format!("http://127.0.0.1:{port}"))
    }

    /// Its address, once it listens.
    pub fn listening(&mut self) -> String {
        let began = Instant::now();
        loop {
            if let Some(address) = self.address() {
                return address;
            }
            let ended = self.process.try_wait().expect("asked");
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "it does not listen: {ended:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it prints, up to and with the line that begins so.
    pub fn says_until(&mut self, last: &str) -> String {
        let lines = BufReader::new(self.process.stdout.take().expect("piped, and read once")).lines();
        let mut said = String::new();
        for line in lines.map_while(Result::ok) {
            said = said + &line + "\n";
            if line.starts_with(last) {
                return said;
            }
        }
        panic!("it ended before: {said}")
    }

    /// As kill -9 does: no destructor, no last commit.
    pub fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }

    /// Asks it to stop; whether it did so in order.
    pub fn stop(&mut self) -> bool {
        let pid = i32::try_from(self.process.id()).expect("a process id");
        #[expect(unsafe_code, reason = "std has no way to send SIGTERM")]
        // SAFETY: a signal to a child that has not been waited for, so the number is its own.
        unsafe {
            libc::kill(pid, libc::SIGTERM);
        }
        self.process.wait().expect("it ends").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
