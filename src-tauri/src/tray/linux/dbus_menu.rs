//! The menu as an object on the bus, in the form that panels draw (`com.canonical.dbusmenu`).
//!
//! <https://github.com/AyatanaIndicators/libdbusmenu/blob/main/libdbusmenu-glib/dbus-menu.xml>

use std::collections::HashMap;

use tauri::AppHandle;
use zbus::object_server::SignalEmitter;
use zbus::{OwnedVariant, Structure, Variant, fdo, interface};

use super::shared::SharedState;
use crate::tray::menu::{Entry, choose};

/// Id of the menu itself.
const ROOT: i32 = 0;
const CLICKED: &str = "clicked";

type Properties = HashMap<&'static str, Variant<'static>>;

/// An entry, and the entries in it.
type Layout = (i32, Properties, Vec<Variant<'static>>);

/// An event: entry, name, data, time.
type MenuEvent = (i32, String, OwnedVariant, u32);

/// The menu.
pub(super) struct DbusMenu {
    app: AppHandle,
    state: SharedState,
}

impl DbusMenu {
    pub(super) fn new(app: AppHandle, state: SharedState) -> Self {
        Self { app, state }
    }

    /// Has the desktop read the menu again.
    pub(super) async fn announce(&self, emitter: &SignalEmitter<'_>) -> zbus::Result<()> {
        let revision = self.state.lock().revision;
        Self::layout_updated(emitter, revision, ROOT).await
    }

    /// Does what an entry stands for. Reports whether there is such an entry.
    fn handle(&self, id: i32, event: &str) -> bool {
        let (is_known, choice) = {
            let shown = self.state.lock();
            let is_known = id == ROOT || shown.menu.entries().iter().any(|entry| entry.id == id);
            (is_known, shown.menu.choice(id).filter(|_| event == CLICKED))
        };
        if let Some(choice) = choice {
            choose(&self.app, choice);
        }
        is_known
    }

    fn find(&self, id: i32) -> Option<Entry> {
        self.state.lock().menu.entries().into_iter().find(|entry| entry.id == id)
    }
}

#[interface(name = "com.canonical.dbusmenu")]
#[allow(clippy::unused_self, reason = "members of an interface of the bus")]
impl DbusMenu {
    #[zbus(property)]
    fn version(&self) -> u32 {
        3
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        if self.state.lock().menu.activity().waiting.is_empty() { "normal" } else { "notice" }
    }

    #[zbus(property)]
    fn text_direction(&self) -> &'static str {
        "ltr"
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(out_args("revision", "layout"))]
    fn get_layout(
        &self,
        parent_id: i32,
        recursion_depth: i32,
        property_names: Vec<String>,
    ) -> fdo::Result<(u32, Layout)> {
        let (revision, entries) = {
            let shown = self.state.lock();
            (shown.revision, shown.menu.entries())
        };
        if parent_id == ROOT {
            let child = |entry: &Entry| {
                let layout: Layout = (entry.id, properties(entry, &property_names), Vec::new());
                Variant::from(Structure::from(layout))
            };
            let children =
                if recursion_depth == 0 { Vec::new() } else { entries.iter().map(child).collect() };
            return Ok((revision, (ROOT, root_properties(), children)));
        }
        let entry = entries.iter().find(|entry| entry.id == parent_id).ok_or_else(no_such_entry)?;
        Ok((revision, (entry.id, properties(entry, &property_names), Vec::new())))
    }

    fn get_group_properties(&self, ids: Vec<i32>, property_names: Vec<String>) -> Vec<(i32, Properties)> {
        let entries = self.state.lock().menu.entries();
        let is_asked = |id: i32| ids.is_empty() || ids.contains(&id);
        // panels ask for those of the menu itself too
        let root = is_asked(ROOT).then(|| (ROOT, root_properties()));
        let asked = entries.iter().filter(|entry| is_asked(entry.id));
        root.into_iter().chain(asked.map(|entry| (entry.id, properties(entry, &property_names)))).collect()
    }

    fn get_property(&self, id: i32, name: String) -> fdo::Result<Variant<'static>> {
        let mut all = match id {
            ROOT => root_properties(),
            id => properties(&self.find(id).ok_or_else(no_such_entry)?, &[]),
        };
        all.remove(name.as_str()).ok_or_else(|| fdo::Error::InvalidArgs(format!("the entry has no {name}")))
    }

    fn event(&self, id: i32, event_id: &str, _data: Variant<'_>, _timestamp: u32) {
        self.handle(id, event_id);
    }

    fn event_group(&self, events: Vec<MenuEvent>) -> Vec<i32> {
        events.into_iter().filter(|(id, event, ..)| !self.handle(*id, event)).map(|(id, ..)| id).collect()
    }

    fn about_to_show(&self, _id: i32) -> bool {
        // every change was announced
        false
    }

    fn about_to_show_group(&self, _ids: Vec<i32>) -> (Vec<i32>, Vec<i32>) {
        (Vec::new(), Vec::new())
    }

    #[zbus(signal)]
    async fn layout_updated(emitter: &SignalEmitter<'_>, revision: u32, parent: i32) -> zbus::Result<()>;
}

fn no_such_entry() -> fdo::Error {
    fdo::Error::InvalidArgs("the menu has no such entry".to_owned())
}

fn root_properties() -> Properties {
    HashMap::from([("children-display", Variant::from("submenu"))])
}

/// Returns properties of an entry, by their names: all where none are named.
fn properties(entry: &Entry, names: &[String]) -> Properties {
    let all = if entry.is_line() {
        HashMap::from([("type", Variant::from("separator"))])
    } else {
        // one underscore would mark the letter of a key
        let label = entry.label.replace('_', "__");
        HashMap::from([("label", Variant::from(label)), ("enabled", Variant::from(entry.enabled))])
    };
    let is_asked = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    all.into_iter().filter(|(name, _)| is_asked(name)).collect()
}
