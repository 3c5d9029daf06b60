//! A command that is asked to stop does so in order, at whatever moment: nothing is left behind.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::house;

/// The longest start on a slow machine, in steps of 20 ms; only a fault takes that long.
const PATIENCE: u32 = 15_000;

#[test]
fn a_server_stopped_while_it_starts_takes_its_postgres_along() {
    let data = house::ground_for(&format!("stopping-{}", std::process::id()));
    let mut server = Command::new(env!("CARGO_BIN_EXE_provdir"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
        .arg(&data)
        .env_remove("DATABASE_URL")
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let postmaster = data.join("postgres/postmaster.pid");
    let started = (0..PATIENCE).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        postmaster.exists() || server.try_wait().expect("it can be asked").is_some()
    });
    assert!(started && postmaster.exists(), "Postgres comes up");

    let pid = i32::try_from(server.id()).expect("a process id");
    #[expect(unsafe_code, reason = "std has no way to send SIGTERM")]
    // SAFETY: a signal to a child that has not been waited for, so the number is its own.
    unsafe {
        libc::kill(pid, libc::SIGTERM);
    }
    let ended = server.wait().expect("it ends");
    assert!(ended.success(), "stops in order: {ended}");
    assert!(!postmaster.exists(), "Postgres is left behind in {}", data.display());
    let _ = std::fs::remove_dir_all(&data);
}
