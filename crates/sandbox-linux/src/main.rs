//! `countersign-sandbox`: confines a command and runs it. See the library.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    sandbox_linux::supervisor::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("countersign-sandbox works on Linux only");
    std::process::ExitCode::FAILURE
}
