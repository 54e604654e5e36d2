//! Commands that look like the check of a project.

use crate::row::RowBody;
use crate::timeline::Timeline;

/// Most commands that are suggested.
const MAX_SUGGESTED: usize = 5;

/// Longest command that is suggested, in bytes.
const MAX_BYTES: usize = 200;

/// Beginnings of commands that test, build or lint, with the words after the program's name where these tell.
const BEGINNINGS: &[&str] = &[
    "cargo test",
    "cargo nextest",
    "cargo check",
    "cargo clippy",
    "cargo build",
    "npm test",
    "npm run test",
    "npm run check",
    "npm run build",
    "npm run lint",
    "pnpm test",
    "pnpm run test",
    "yarn test",
    "bun test",
    "deno test",
    "npx vitest",
    "npx jest",
    "npx tsc",
    "node --test",
    "pytest",
    "python -m pytest",
    "python3 -m pytest",
    "python -m unittest",
    "python3 -m unittest",
    "tox",
    "nox",
    "uv run pytest",
    "go test",
    "go build",
    "go vet",
    "make test",
    "make check",
    "just test",
    "just check",
    "ctest",
    "meson test",
    "ninja test",
    "mvn test",
    "mvn verify",
    "gradle test",
    "./gradlew test",
    "./gradlew check",
    "bundle exec rspec",
    "rspec",
    "rake test",
    "phpunit",
    "vendor/bin/phpunit",
    "dotnet test",
    "swift test",
    "zig build test",
    "mix test",
    "stack test",
    "cabal test",
    "sbt test",
    "bazel test",
];

/// Reports whether a command looks like one that tells whether a project is in order.
pub fn looks_like_check(command: &str) -> bool {
    let command = command.trim();
    command.len() <= MAX_BYTES
        && !command.contains('\n')
        && BEGINNINGS.iter().any(|beginning| {
            command.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
}

/// Returns commands of a session that look like a check, those that ran last first.
pub fn suggested(timeline: &Timeline) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for row in timeline.rows(0, timeline.total_rows()).iter().rev() {
        if let RowBody::Command(command) = &row.body
            && looks_like_check(&command.display)
            && !found.contains(&command.display)
        {
            found.push(command.display.clone());
            if found.len() == MAX_SUGGESTED {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_test_or_build_look_like_a_check() {
        for command in ["cargo test", "cargo test -p x -- --nocapture", "pytest tests/", " make check "] {
            assert!(looks_like_check(command), "{command}");
        }
        for command in ["cargo testing", "cat pytest", "make", "rm -rf x", "npm test\nrm x", ""] {
            assert!(!looks_like_check(command), "{command}");
        }
    }
}
