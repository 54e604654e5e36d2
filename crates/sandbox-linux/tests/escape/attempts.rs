//! Attempts at escaping that are system calls. They run in this test's own executable, started once more inside the sandbox.
//! What an attempt needs first must work, or it panics: only the call in question is allowed or refused.

use crate::world::ATTEMPT_VARIABLE;
use crate::{calls, files, network, processes};
use std::io::Error;

/// Says whether the attempt was allowed. Does nothing in an ordinary run of the tests.
pub(crate) fn run_the_one_asked_for() {
    let Ok(attempt) = std::env::var(ATTEMPT_VARIABLE) else { return };
    let (name, argument) = attempt.split_once(' ').unwrap_or((&attempt, ""));
    let result = calls::attempt(name)
        .or_else(|| files::attempt(name, argument))
        .or_else(|| network::attempt(name, argument))
        .or_else(|| processes::attempt(name, argument));
    // the test's name stands at the beginning of the line
    println!();
    match result.unwrap_or_else(|| panic!("no such attempt: {name}")) {
        Ok(()) => println!("allowed"),
        Err(error) => println!("refused: {error}"),
    }
}

/// Reports whether a call went through.
pub(crate) fn call(result: i64) -> Result<(), Error> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(()) }
}

/// Makes a system call; its result as it is.
macro_rules! raw {
    ($number:expr $(, $argument:expr)*) => {
        // SAFETY: either the call is refused before its arguments are looked at, or they are null or live for the call.
        unsafe { libc::syscall($number $(, $argument)*) }
    };
}

/// Makes a system call, and says whether it went through.
macro_rules! syscall {
    ($($all:expr),+) => { $crate::attempts::call($crate::attempts::raw!($($all),+)) };
}

pub(crate) use {raw, syscall};

/// Exit code of a child that could not get ready for its attempt.
const NOT_READY: i32 = 255;

/// Makes the attempt in a child: what it changes of itself ends with it. `attempt` makes system calls and nothing else, since
/// this process has other threads; its result is a system call's.
pub(crate) fn in_child(attempt: impl FnOnce() -> i64) -> Result<(), Error> {
    // SAFETY: the child makes system calls alone, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let code = if attempt() < 0 { Error::last_os_error().raw_os_error().unwrap_or(NOT_READY) } else { 0 };
        // SAFETY: ends the child without running anything of this process's.
        unsafe { libc::_exit(code) }
    }
    call(child.into())?;
    let mut status = 0;
    // SAFETY: the status lives for the call.
    call(unsafe { libc::waitpid(child, &raw mut status, 0) }.into()).unwrap();
    assert!(libc::WIFEXITED(status), "the child of the attempt was ended: {status:#x}");
    match libc::WEXITSTATUS(status) {
        0 => Ok(()),
        NOT_READY => panic!("the attempt could not be made ready"),
        errno => Err(Error::from_raw_os_error(errno)),
    }
}

/// In a child: ends it, unless what the attempt needs went through.
pub(crate) fn ready(result: i64) -> i64 {
    if result < 0 {
        // SAFETY: ends the child without running anything of this process's.
        unsafe { libc::_exit(NOT_READY) }
    }
    result
}
