//! Stories in the real window: the built app under WebKit's WebDriver, with the real agent, sandbox, keyring and
//! notification daemon. Only the model is the practice one, or follows a script.

mod attachments;
mod background;
mod busy_background;
mod commits;
mod composing;
mod graphics;
mod hands;
mod harness;
mod hostile;
mod hunk_editor;
mod inbox;
mod keys;
mod large_patch;
mod notices;
mod own_window;
mod page_process;
mod patches;
mod reading_order;
mod real_project;
mod receipts;
mod review_keys;
mod reviews;
mod welcome;
mod zoom;
