//! Arguments to command; no logic.

fn main() -> std::process::ExitCode {
    embargod::cli::main()
}
