//! The clipboard, on Linux: WebKitGTK gives a page neither a picture in it nor the files that a file manager has put there.

use gtk::{gdk, gio, prelude::FileExt as _};
use host::{Clipboard, Copied};
use std::path::PathBuf;
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
            let picture = TYPES.into_iter().find(|kind| offers(kind));
            if offers(FILES) {
                clipboard.request_uris(move |clipboard, uris| {
                    let paths = uris.iter().filter_map(|uri| gio::File::for_uri(uri).path());
                    let paths: Vec<PathBuf> = paths.collect();
                    match picture {
                        // what a browser copies has an address and a picture
                        Some(kind) if paths.is_empty() => read_picture(clipboard, kind, answer),
                        None if paths.is_empty() => answer(Copied::Unavailable),
                        _ => answer(Copied::Files(paths)),
                    }
                });
            } else if let Some(kind) = picture {
                read_picture(clipboard, kind, answer);
            } else {
                answer(Copied::Nothing);
            }
        });
    });
    if let Err(error) = asked {
        tracing::debug!(%error, "cannot ask for the clipboard");
    }
    Box::pin(async move { copied.await.unwrap_or(Copied::Unavailable) })
}

fn read_picture(clipboard: &gtk::Clipboard, kind: &str, answer: impl FnOnce(Copied) + 'static) {
    clipboard.request_contents(&gdk::Atom::intern(kind), move |_, picture| {
        // less than nothing where the program that offered it did not give it
        let given = picture.length() > 0;
        answer(if given { Copied::Picture(picture.data()) } else { Copied::Unavailable });
    });
}
