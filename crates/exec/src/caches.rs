//! Caches of package managers: each is allowed or not as a whole.

use std::path::{Path, PathBuf};

/// Cache of a package manager.
struct PackageCache {
    /// Name for people.
    name: &'static str,
    /// Folders of it beneath the home folder. Behind the first, all are as the tool names them on other systems or in older versions.
    places: &'static [&'static str],
    /// Variable that names another folder.
    variable: Option<&'static str>,
}

const fn cache(
    name: &'static str,
    places: &'static [&'static str],
    variable: Option<&'static str>,
) -> PackageCache {
    PackageCache { name, places, variable }
}

/// The caches, from each tool's own documentation. Inside one, what steers programs stays protected
/// ([`worktree::roots::RUNS_LATER`]).
const CACHES: &[PackageCache] = &[
    cache("cargo", &[".cargo"], Some("CARGO_HOME")),
    cache("npm", &[".npm"], Some("npm_config_cache")),
    cache("pnpm", &[".local/share/pnpm/store", ".cache/pnpm", ".pnpm-store", "Library/pnpm/store"], None),
    cache("yarn", &[".cache/yarn", ".yarn/berry", "Library/Caches/Yarn"], Some("YARN_CACHE_FOLDER")),
    cache("bun", &[".bun/install/cache"], Some("BUN_INSTALL_CACHE_DIR")),
    cache("deno", &[".cache/deno", "Library/Caches/deno"], Some("DENO_DIR")),
    cache("pip", &[".cache/pip", "Library/Caches/pip"], Some("PIP_CACHE_DIR")),
    cache("uv", &[".cache/uv", ".local/share/uv"], Some("UV_CACHE_DIR")),
    cache("poetry", &[".cache/pypoetry", "Library/Caches/pypoetry"], Some("POETRY_CACHE_DIR")),
    cache("pre-commit", &[".cache/pre-commit"], Some("PRE_COMMIT_HOME")),
    cache("conda", &[".conda/pkgs"], Some("CONDA_PKGS_DIRS")),
    cache("Go module", &["go/pkg"], Some("GOMODCACHE")),
    cache("Go build", &[".cache/go-build", "Library/Caches/go-build"], Some("GOCACHE")),
    cache("Gradle", &[".gradle"], Some("GRADLE_USER_HOME")),
    cache("Maven", &[".m2/repository"], None),
    cache("Ivy", &[".ivy2"], None),
    cache("coursier", &[".cache/coursier"], Some("COURSIER_CACHE")),
    cache("sbt", &[".sbt"], None),
    cache("Bundler", &[".bundle/cache"], None),
    cache("RubyGems", &[".gem", ".local/share/gem"], None),
    cache("Composer", &[".cache/composer", ".composer/cache"], Some("COMPOSER_CACHE_DIR")),
    cache("NuGet", &[".nuget/packages", ".local/share/NuGet"], Some("NUGET_PACKAGES")),
    cache("Dart", &[".pub-cache"], Some("PUB_CACHE")),
    cache("Hex", &[".hex"], Some("HEX_HOME")),
    cache("Cabal", &[".cabal/packages", ".cache/cabal"], None),
    cache("Stack", &[".stack"], Some("STACK_ROOT")),
    cache("Zig", &[".cache/zig"], Some("ZIG_GLOBAL_CACHE_DIR")),
    cache("node-gyp", &[".cache/node-gyp"], None),
    cache("Playwright", &[".cache/ms-playwright"], Some("PLAYWRIGHT_BROWSERS_PATH")),
    cache("ccache", &[".cache/ccache", ".ccache"], Some("CCACHE_DIR")),
    cache("sccache", &[".cache/sccache"], Some("SCCACHE_DIR")),
    cache("CocoaPods", &["Library/Caches/CocoaPods"], None),
    cache("Homebrew", &[".cache/Homebrew", "Library/Caches/Homebrew"], Some("HOMEBREW_CACHE")),
];

/// Returns the cache that `path` (absolute, links followed) lies in: its name and its folder.
pub(super) fn holding(path: &Path, home: Option<&Path>) -> Option<(&'static str, PathBuf)> {
    CACHES.iter().find_map(|cache| {
        let named = cache.variable.and_then(std::env::var_os).map(PathBuf::from);
        // one that is named holds nothing else: neither the person's own folder nor everything
        let named = named.filter(|named| {
            named.is_absolute()
                && named.components().count() > 2
                && home.is_none_or(|home| !home.starts_with(named))
        });
        let places = cache.places.iter().filter_map(|place| Some(home?.join(place)));
        named
            .into_iter()
            .chain(places)
            .find(|folder| path.starts_with(folder))
            .map(|folder| (cache.name, folder))
    })
}

/// Makes those of the allowed folders that are caches and not there yet: a tool makes its own at its first use.
pub(super) fn make(allowed: &[PathBuf], home: Option<&Path>) {
    for folder in allowed.iter().filter(|folder| !folder.exists()) {
        if holding(folder, home).is_some_and(|(_, cache)| cache == **folder)
            && let Err(error) = std::fs::create_dir_all(folder)
        {
            tracing::warn!(folder = %folder.display(), %error, "a cache that was allowed cannot be made");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b16_every_place_of_a_cache_belongs_to_the_whole() {
        let home = Path::new("/home/p");
        for (path, expected) in [
            (".npm/_cacache/tmp/x", Some(("npm", ".npm"))),
            (".npm", Some(("npm", ".npm"))),
            (".cargo/registry/index/x", Some(("cargo", ".cargo"))),
            (".cache/pip/http/a", Some(("pip", ".cache/pip"))),
            ("go/pkg/mod/cache/x", Some(("Go module", "go/pkg"))),
            (".m2/repository/a", Some(("Maven", ".m2/repository"))),
            (".m2/settings.xml", None),
            (".npmrc", None),
            (".cache/unknown/x", None),
            ("notes", None),
        ] {
            let found = holding(&home.join(path), Some(home));
            assert_eq!(found, expected.map(|(name, folder)| (name, home.join(folder))), "{path}");
        }
        for cache in CACHES {
            for place in cache.places {
                assert!(holding(&home.join(place).join("x/y"), Some(home)).is_some(), "{place}");
            }
        }
    }
}
