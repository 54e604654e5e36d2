//! The clipboard, on Linux: WebKitGTK gives a page neither a picture in it nor the files that a file manager has put there.

use gtk::{gdk, gio, prelude::FileExt as _};
use host::{Clipboard, Copied};
use tauri::AppHandle;

/// Types of pictures that programs offer, the best first.
const TYPES: [&str; 6] = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff"];
const FILES: &str = "text/uri-list";

/// Reads what was copied.
pub(crate) fn read(app: &AppHandle) -> Clipboard {
    let (answer, copied) = tokio::sync::oneshot::channel();
    // nobody waits any more when the app is ending
    let answer = move |copied| drop(answer.send(copied));
    let asked = app.run_on_main_thread(move || {
        let clipboard = gtk::Clipboard::get(&gdk::SELECTION_CLIPBOARD);
        clipboard.request_contents(&gdk::Atom::intern("TARGETS"), move |clipboard, offered| {
            let offered: Vec<_> = offered.targets().into_iter().flatten().map(gdk::Atom::name).collect();
            let offers = |kind: &str| offered.iter().any(|offered| offered == kind);
            if offers(FILES) {
                clipboard.request_uris(move |_, uris| {
                    let paths = uris.iter().filter_map(|uri| gio::File::for_uri(uri).path());
                    answer(Copied::Files(paths.collect()));
                });
            } else if let Some(kind) = TYPES.into_iter().find(|kind| offers(kind)) {
                clipboard.request_contents(&gdk::Atom::intern(kind), move |_, picture| {
                    // less than nothing where the program that offered it did not give it
                    if picture.length() > 0 {
                        answer(Copied::Picture(picture.data()));
                    }
                });
            }
        });
    });
    if let Err(error) = asked {
        tracing::debug!(%error, "cannot ask for the clipboard");
    }
    Box::pin(async move { copied.await.unwrap_or_default() })
}
