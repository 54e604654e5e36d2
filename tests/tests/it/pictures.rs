//! Pictures in a conversation: one that cannot be sent never ends the session (B12).

use anyhow::{Result, ensure};
use countersign_tests::harness::{Harness, unasked};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, InputItem, Op};
use serde_json::json;

/// One grey pixel.
const PNG: &str = "data:image/png;base64,\
                   iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

fn with(urls: &[&str]) -> Op {
    let images = urls.iter().map(|url| InputItem::Image { image_url: (*url).to_owned() });
    Op::UserInput { items: std::iter::once(InputItem::text("look")).chain(images).collect() }
}

#[tokio::test]
async fn b12_a_refused_picture_is_replaced_by_a_note_and_the_request_tried_again() -> Result<()> {
    for wire in ["responses", "chat", "messages"] {
        for (status, refusal) in [
            (400, "messages.0.content.1.image.source.base64.data: Could not process image"),
            (
                400,
                "At least one of the image dimensions exceed max allowed size for many-image requests: 2000 pixels",
            ),
            (404, "No endpoints found that support image input"),
            (422, "messages.1.content: Input should be a valid string"),
            (
                500,
                "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            ),
        ] {
            let error = json!({"error": {"message": refusal}});
            let replies = vec![
                Reply::status(status).json(&error),
                Reply::text("I see none."),
                Reply::text("still here"),
            ];
            let mut harness = Harness::new(unasked(), &[], replies).await?;
            harness.more_of_provider = format!("wire_api = \"{wire}\"");
            let mut session = harness.open(None).await?;
            session.submit(with(&[PNG])).await?;
            let end = session.until_done().await?;
            ensure!(
                matches!(&end, EventMsg::TaskComplete { last_agent_message: Some(text), .. } if text == "I see none."),
                "{wire}, {refusal}: {end:?}"
            );
            let end = session.ask_and_wait("and now?").await?;
            ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{wire}, {refusal}: {end:?}");
            let requests = harness.server.requests();
            ensure!(requests.len() == 3, "{wire}, {refusal}: {} requests", requests.len());
            ensure!(requests[0].images() == 1 && requests[1].images() == 0 && requests[2].images() == 0);
            let sent = String::from_utf8_lossy(&requests[1].bytes).into_owned();
            ensure!(sent.contains("picture 1 of this message was refused"), "{sent}");
            ensure!(session.said().any(|msg| matches!(
                msg,
                EventMsg::BackgroundEvent { message, .. } if message.contains("asked again without the pictures")
            )));
            session.shut_down().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn b12_a_pasted_picture_that_is_none_becomes_a_note_and_a_wrong_name_is_put_right() -> Result<()> {
    let harness = Harness::new(unasked(), &[], vec![Reply::text("so it is")]).await?;
    let mut session = harness.open(None).await?;
    let misnamed = PNG.replace("image/png", "image/jpeg");
    session.submit(with(&["data:image/png;base64,iVBORw0KGgo=", &misnamed])).await?;
    let end = session.until_done().await?;
    ensure!(matches!(end, EventMsg::TaskComplete { .. }), "{end:?}");
    let request = &harness.server.requests()[0];
    ensure!(request.images() == 1, "{:#}", request.body);
    let sent = String::from_utf8_lossy(&request.bytes).into_owned();
    ensure!(sent.contains(PNG) && sent.contains("picture 1 of this message cannot be opened"), "{sent}");
    ensure!(session.said().any(
        |msg| matches!(msg, EventMsg::BackgroundEvent { message, .. } if message.contains("picture 1 of the message"))
    ));
    session.shut_down().await
}
