//! A window as a screen reader gets it: the tree of names and roles on the accessibility bus (AT-SPI), in reading order.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use zbus::zvariant::{DynamicType, Type};
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

use super::bus_call::call;
use super::waiting::eventually;

/// Places of the program that starts the accessibility bus, by distribution.
const LAUNCHERS: [&str; 3] = [
    "/usr/libexec/at-spi-bus-launcher",
    "/usr/lib/at-spi-bus-launcher",
    "/usr/lib/at-spi2-core/at-spi-bus-launcher",
];

/// Name of a window's page on the bus begins with this.
const PAGE: &str = "org.webkit.app-";

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";

/// Most nodes that are read.
const MAX_NODES: usize = 5000;

/// Role of a node, as far as these tests tell them apart. The numbers are AT-SPI's (`atspi-constants.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something a person operates: a button, a field, a box to check, a link.
    Control,
    /// Everything else.
    Other,
}

impl Role {
    fn of(number: u32) -> Self {
        // check box, combo box, menu item, push button, radio button, slider, spin button, toggle button, entry, link, switch
        match number {
            7 | 11 | 35 | 43 | 44 | 51 | 52 | 62 | 79 | 88 | 130 => Self::Control,
            _ => Self::Other,
        }
    }
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its role.
    pub role: Role,
}

type Address = (String, OwnedObjectPath);

/// A node as the cache has it: itself, its application, its parent, and facts that are not used here.
type Cached = (Address, Address, Address, i32, i32, Vec<String>, String, u32, String, Vec<u32>);

/// The accessibility bus of this desktop, ended with this value.
pub struct ScreenReader {
    launcher: Child,
    bus: Option<Connection>,
}

impl Drop for ScreenReader {
    fn drop(&mut self) {
        let _ = self.launcher.kill();
        let _ = self.launcher.wait();
    }
}

impl ScreenReader {
    /// Starts the bus. Windows that are opened from here on are on it; `None` when this machine has no such bus.
    pub async fn start() -> Result<Option<Self>> {
        let Some(launcher) = LAUNCHERS.iter().map(Path::new).find(|path| path.exists()) else {
            return Ok(None);
        };
        let launcher = Command::new(launcher)
            .arg("--launch-immediately")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the accessibility bus")?;
        let mut reader = Self { launcher, bus: None };
        let session = Connection::session().await.context("there is no session bus")?;
        let address: String = eventually("the accessibility bus", || async {
            let asked = session.call_method(
                Some("org.a11y.Bus"),
                "/org/a11y/bus",
                Some("org.a11y.Bus"),
                "GetAddress",
                &(),
            );
            // nobody has the name at first
            Ok(asked.await.ok().and_then(|answer| answer.body().deserialize().ok()))
        })
        .await?;
        let bus = zbus::connection::Builder::address(address.as_str()).build().await;
        reader.bus = Some(bus.context("cannot connect to the accessibility bus")?);
        Ok(Some(reader))
    }

    /// Returns the variables that a window needs to be on the bus.
    pub fn variables() -> [(&'static str, &'static str); 1] {
        // GTK looks whether it is set to something else than nothing
        [("NO_AT_BRIDGE", "0")]
    }

    /// Returns the nodes of the page in the one window that is open, in reading order.
    pub async fn read(&self) -> Result<Vec<Node>> {
        let root = eventually("the page on the accessibility bus", || async { self.page().await }).await?;
        let mut nodes = Vec::new();
        let mut ahead = vec![root];
        while let Some(node) = ahead.pop() {
            if nodes.len() == MAX_NODES {
                bail!("the tree has more than {MAX_NODES} nodes");
            }
            let name: OwnedVariant =
                self.call(&node, "org.freedesktop.DBus.Properties", "Get", &(ACCESSIBLE, "Name")).await?;
            let role: u32 = self.call(&node, ACCESSIBLE, "GetRole", &()).await?;
            nodes.push(Node { name: name.try_into()?, role: Role::of(role) });
            let children: Vec<Address> = self.call(&node, ACCESSIBLE, "GetChildren", &()).await?;
            ahead.extend(children.into_iter().rev());
        }
        Ok(nodes)
    }

    /// Returns the root of the page; `None` until it is on the bus.
    async fn page(&self) -> Result<Option<Address>> {
        let daemon = ("org.freedesktop.DBus".to_owned(), OwnedObjectPath::try_from("/org/freedesktop/DBus")?);
        let names: Vec<String> = self.call(&daemon, "org.freedesktop.DBus", "ListNames", &()).await?;
        let Some(name) = names.into_iter().find(|name| name.starts_with(PAGE)) else { return Ok(None) };
        let cache = (name, OwnedObjectPath::try_from("/org/a11y/atspi/cache")?);
        let cached: Vec<Cached> = self.call(&cache, "org.a11y.atspi.Cache", "GetItems", &()).await?;
        Ok(cached.into_iter().next().map(|(own, ..)| own))
    }

    async fn call<Args, Answer>(
        &self,
        (name, path): &Address,
        interface: &str,
        method: &str,
        args: &Args,
    ) -> Result<Answer>
    where
        Args: serde::Serialize + DynamicType,
        Answer: DeserializeOwned + Type,
    {
        let bus = self.bus.as_ref().context("the bus was not started")?;
        call(bus, (name.as_str(), path.as_str()), interface, method, args).await
    }
}
