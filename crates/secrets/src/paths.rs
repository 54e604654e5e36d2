//! Files that hold credentials, and what tools remember of commands that may hold some.
//!
//! A row names the file alone where its folder holds what a tool needs to work (`~/.cargo`, `~/.terraform.d`, `~/.gem`), and the
//! folder where everything in it is private. Each row was taken from the page or manual named beside it.

use std::path::{Path, PathBuf};

/// Paths relative to the home folder.
#[rustfmt::skip]
pub const IN_HOME: &[&str] = &[
    // keys and agents
    ".ssh",                                    // ssh(1), FILES
    ".gnupg",                                  // gpg(1), FILES
    ".password-store",                         // pass(1), FILES
    ".local/share/keyrings",                   // GNOME Keyring: login.keyring
    ".local/share/kwalletd",                   // KWallet
    "Library/Keychains",                       // macOS, security(1)
    // git and its hosts
    ".git-credentials",                        // git-credential-store(1), FILES
    ".config/git/credentials",                 // git-credential-store(1), FILES
    ".config/gh",                              // https://cli.github.com/manual/gh_auth_login (hosts.yml)
    ".config/glab-cli",                        // https://docs.gitlab.com/cli/#configuration (config.yml)
    // clouds
    ".aws",                                    // https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
    ".azure",                                  // https://learn.microsoft.com/cli/azure/azure-cli-configuration
    ".config/gcloud",                          // https://cloud.google.com/sdk/docs/configurations
    ".boto",                                   // https://cloud.google.com/storage/docs/boto-gsutil
    ".s3cfg",                                  // https://s3tools.org/kb/item14.htm
    ".config/rclone",                          // https://rclone.org/docs/#config-config-file
    ".rclone.conf",                            // as above, its older place
    ".databrickscfg",                          // https://docs.databricks.com/dev-tools/auth/config-profiles
    ".fly/config.yml",                         // https://fly.io/docs/flyctl/config/ (access_token)
    ".kube",                                   // https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
    ".docker/config.json",                     // https://docs.docker.com/reference/cli/docker/login/ (auths)
    ".config/containers/auth.json",            // containers-auth.json(5)
    ".vault-token",                            // https://developer.hashicorp.com/vault/docs/commands#token-helper
    ".terraformrc",                            // https://developer.hashicorp.com/terraform/cli/config/config-file#credentials
    ".terraform.d/credentials.tfrc.json",      // as above
    // packages
    ".npmrc",                                  // npm's page on npmrc: _authToken
    ".yarnrc.yml",                             // https://yarnpkg.com/configuration/yarnrc#npmAuthToken
    ".config/pnpm/rc",                         // https://pnpm.io/npmrc
    ".config/pnpm/auth.ini",                   // https://pnpm.io/npmrc
    ".pypirc",                                 // https://packaging.python.org/specifications/pypirc/
    ".pip/pip.conf",                           // https://pip.pypa.io/en/stable/topics/configuration/ (index-url with a password)
    ".config/pip/pip.conf",                    // as above
    ".config/pypoetry/auth.toml",              // https://python-poetry.org/docs/repositories/#configuring-credentials
    ".cargo/credentials",                      // https://doc.rust-lang.org/cargo/reference/config.html#credentials
    ".cargo/credentials.toml",                 // as above
    ".m2/settings.xml",                        // https://maven.apache.org/settings.html#servers
    ".m2/settings-security.xml",               // https://maven.apache.org/guides/mini/guide-encryption.html
    ".gradle/gradle.properties",               // https://docs.gradle.org/current/userguide/build_environment.html
    ".composer/auth.json",                     // https://getcomposer.org/doc/articles/authentication-for-private-packages.md
    ".config/composer/auth.json",              // as above
    ".gem/credentials",                        // gem-signin(1)
    ".local/share/gem/credentials",            // as above, with XDG folders
    // databases and hosts
    ".netrc",                                  // netrc(5), curl(1)
    ".pgpass",                                 // https://www.postgresql.org/docs/current/libpq-pgpass.html
    ".my.cnf",                                 // https://dev.mysql.com/doc/refman/8.4/en/option-files.html
    ".mylogin.cnf",                            // https://dev.mysql.com/doc/refman/8.4/en/mysql-config-editor.html
    // agents
    ".codex/auth.json",                        // https://developers.openai.com/codex/auth
    ".claude/.credentials.json",               // https://docs.claude.com/en/docs/claude-code/iam#credential-management
    ".config/countersign",                     // this app's own, wherever it is kept
    ".local/share/countersign",                // as above
    // browsers and mail
    ".mozilla",                                // Firefox's profiles
    ".thunderbird",                            // Thunderbird's profiles
    ".config/BraveSoftware",                   // profiles of Chromium's kin
    ".config/chromium",
    ".config/google-chrome",
    ".config/microsoft-edge",
    ".config/vivaldi",
    "snap/firefox",
    "Library/Application Support/Firefox",
    "Library/Application Support/Google/Chrome",
    "Library/Cookies",
    "Library/Safari",
    // what was typed into shells, passwords among it
    ".bash_history",                           // bash(1), HISTFILE
    ".zsh_history",                            // zsh's usual HISTFILE
    ".zhistory",                               // prezto's
    ".histfile",                               // zsh-newuser-install's
    ".local/share/fish/fish_history",          // fish, history(1)
    ".sh_history",                             // ksh(1)
    ".ash_history",                            // BusyBox's ash
    ".config/nushell/history.txt",             // https://www.nushell.sh/book/line_editor.html#history
    ".config/nushell/history.sqlite3",         // as above
    ".local/share/powershell/PSReadLine",      // about_PSReadLine: HistorySavePath
    // and into other tools
    ".python_history",                         // https://docs.python.org/3/library/site.html#module-site
    ".ipython/profile_default/history.sqlite", // https://ipython.readthedocs.io/en/stable/interactive/reference.html
    ".node_repl_history",                      // https://nodejs.org/api/repl.html#persistent-history
    ".irb_history",                            // IRB's HISTORY_FILE
    ".local/share/irb/history",                // as above, with XDG folders
    ".psql_history",                           // psql(1), FILES
    ".mysql_history",                          // mysql(1), MYSQL_HISTFILE
    ".mariadb_history",                        // mariadb(1)
    ".sqlite_history",                         // sqlite3(1), FILES
    ".rediscli_history",                       // redis-cli: REDISCLI_HISTFILE
    ".mongodb/mongosh",                        // https://www.mongodb.com/docs/mongodb-shell/logs/
    ".php_history",                            // php -a
    ".R_history",                              // R's R_HISTFILE as often set
    ".Rhistory",                               // R, ?savehistory
    ".julia/logs/repl_history.jl",             // https://docs.julialang.org/en/v1/stdlib/REPL/
    ".lesshst",                                // less(1), LESSHISTFILE
    ".viminfo",                                // vim: registers and command lines
];

/// Paths of the system that only the administrator can read.
pub const OF_SYSTEM: &[&str] = &[
    // shadow(5), gshadow(5), with the copies that passwd(1) keeps
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    // macOS: records of local users
    "/var/db/dslocal/nodes/Default/users",
];

/// Returns the paths that hold credentials, whether they exist or not: beneath `home`, and those of the system when the app
/// runs as root.
pub fn credential_paths(home: Option<&Path>, is_root: bool) -> Vec<PathBuf> {
    let in_home = home.into_iter().flat_map(|home| IN_HOME.iter().map(|path| home.join(path)));
    let of_system = OF_SYSTEM.iter().filter(|_| is_root).map(PathBuf::from);
    in_home.chain(of_system).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rows_are_relative_to_the_home_folder_and_none_is_named_twice() {
        assert!(IN_HOME.iter().all(|path| Path::new(path).is_relative() && !path.ends_with('/')));
        assert!(OF_SYSTEM.iter().all(|path| Path::new(path).is_absolute()));
        let rows: BTreeSet<&str> = IN_HOME.iter().copied().collect();
        assert_eq!(rows.len(), IN_HOME.len());
        for path in IN_HOME {
            let above =
                Path::new(path).ancestors().skip(1).find(|above| rows.contains(above.to_str().unwrap()));
            assert_eq!(above, None, "{path} is beneath another row");
        }
    }

    #[test]
    fn paths_of_the_system_are_for_root() {
        let home = Path::new("/home/p");
        let paths = credential_paths(Some(home), false);
        assert!(paths.contains(&home.join(".ssh")) && !paths.iter().any(|path| path.starts_with("/etc")));
        assert!(credential_paths(None, true).contains(&PathBuf::from("/etc/shadow")));
    }
}
