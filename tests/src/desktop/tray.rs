//! The desktop's tray, as a panel reads it: the icons registered with the desktop's watcher, and their menus.
//!
//! The watcher is that of the Ayatana indicators where it is installed (Debian: ayatana-indicator-application), else a small one here.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use zbus::{Connection, OwnedVariant, Variant, interface};

use super::bus_call::call;
use super::waiting::eventually;

/// Places of the program that is a watcher of its own, by distribution.
const WATCHERS: [&str; 2] = [
    "/usr/libexec/ayatana-indicator-application/ayatana-indicator-application-service",
    "/usr/lib/ayatana-indicator-application/ayatana-indicator-application-service",
];

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

type Properties = HashMap<String, OwnedVariant>;

/// A tray on this desktop, ended with this value.
pub struct Tray {
    watcher: Watcher,
    bus: Connection,
}

enum Watcher {
    Program(Child),
    /// The connection that serves it.
    Own {
        _bus: Connection,
    },
}

impl Drop for Tray {
    fn drop(&mut self) {
        if let Watcher::Program(watcher) = &mut self.watcher {
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
    }
}

/// A watcher that shows whatever is registered.
#[derive(Default)]
struct SmallWatcher {
    items: Vec<String>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
#[allow(clippy::unused_self, reason = "members of an interface of the bus")]
impl SmallWatcher {
    fn register_status_notifier_item(&mut self, service: &str) {
        self.items.push(format!("{service}/StatusNotifierItem"));
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

impl Tray {
    /// Starts the watcher.
    pub async fn start() -> Result<Self> {
        let watcher = match WATCHERS.iter().map(Path::new).find(|path| path.exists()) {
            Some(program) => Watcher::Program(
                Command::new(program)
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .context("cannot start the tray's watcher")?,
            ),
            None => {
                let serving = zbus::connection::Builder::session()
                    .serve_at(WATCHER_PATH, SmallWatcher::default())
                    .name(WATCHER);
                Watcher::Own { _bus: serving.build().await.context("cannot serve a watcher")? }
            }
        };
        let bus = Connection::session().await.context("there is no session bus")?;
        let tray = Self { watcher, bus };
        eventually("the tray's watcher", || async { Ok(tray.registered().await.ok()) }).await?;
        Ok(tray)
    }

    /// Waits until an icon is registered whose tool tip says that.
    pub async fn wait_for(&self, summary: &str) -> Result<()> {
        eventually(format!("{summary:?} in the tray"), || async {
            type Pictures = Vec<(i32, i32, Vec<u8>)>;
            let tip: OwnedVariant = self.property("ToolTip").await?;
            let (_, _, _, text): (String, Pictures, String, String) = tip.try_into()?;
            Ok((text == summary).then_some(()))
        })
        .await
    }

    /// Returns the icon's status.
    pub async fn status(&self) -> Result<String> {
        Ok(self.property("Status").await?.try_into()?)
    }

    /// Returns the pixels of the icon.
    pub async fn icon(&self) -> Result<Vec<u8>> {
        let pictures: Vec<(i32, i32, Vec<u8>)> = self.property("IconPixmap").await?.try_into()?;
        let (width, height, pixels) = pictures.into_iter().next().context("the icon has a picture")?;
        anyhow::ensure!(i64::from(width) * i64::from(height) * 4 == i64::try_from(pixels.len())?);
        Ok(pixels)
    }

    /// Returns the entries of the icon's menu: number and text.
    pub async fn entries(&self) -> Result<Vec<(i32, String)>> {
        type Layout = (u32, (i32, Properties, Vec<OwnedVariant>));
        let depth_and_names = (0_i32, -1_i32, Vec::<String>::new());
        let (name, menu) = self.menu().await?;
        let (_, (_, _, children)): Layout =
            call(&self.bus, (&name, &menu), MENU, "GetLayout", &depth_and_names).await?;
        let entry = |child: OwnedVariant| -> Result<(i32, String)> {
            let (id, mut properties, _): (i32, Properties, Vec<OwnedVariant>) = child.try_into()?;
            let label = properties.remove("label").map(String::try_from).transpose()?;
            Ok((id, label.unwrap_or_default()))
        };
        children.into_iter().map(entry).collect()
    }

    /// Clicks the entry of the icon's menu that says that, once it is there.
    pub async fn choose(&self, label: &str) -> Result<()> {
        let id = eventually(format!("{label:?} in the tray's menu"), || async {
            Ok(self.entries().await?.into_iter().find(|(_, text)| text == label).map(|(id, _)| id))
        })
        .await?;
        let (name, menu) = self.menu().await?;
        let click = (id, "clicked", Variant::from(0_i32), 0_u32);
        call(&self.bus, (&name, &menu), MENU, "Event", &click).await
    }

    /// Clicks the icon.
    pub async fn activate(&self) -> Result<()> {
        let (name, path) = self.item().await?;
        call(&self.bus, (&name, &path), ITEM, "Activate", &(0_i32, 0_i32)).await
    }

    async fn registered(&self) -> Result<Vec<String>> {
        let args = (WATCHER, "RegisteredStatusNotifierItems");
        let items: OwnedVariant = call(&self.bus, (WATCHER, WATCHER_PATH), PROPERTIES, "Get", &args).await?;
        Ok(items.try_into()?)
    }

    /// Returns the bus name and the path of the one icon.
    async fn item(&self) -> Result<(String, String)> {
        eventually("an icon in the tray", || async {
            let item = self.registered().await?.pop();
            let split = |item: String| {
                let at = item.find('/')?;
                Some((item[..at].to_owned(), item[at..].to_owned()))
            };
            Ok(item.and_then(split))
        })
        .await
    }

    async fn menu(&self) -> Result<(String, String)> {
        let (name, _) = self.item().await?;
        let menu: zbus::OwnedObjectPath = self.property("Menu").await?.try_into()?;
        Ok((name, menu.as_str().to_owned()))
    }

    async fn property(&self, property: &str) -> Result<OwnedVariant> {
        let (name, path) = self.item().await?;
        call(&self.bus, (&name, &path), PROPERTIES, "Get", &(ITEM, property)).await
    }
}
