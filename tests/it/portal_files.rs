//! Files over HTTP: downloads and links that end with what they hang on, and files that are refused.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::{Body, Bytes},
    http::Request,
};
use futures::StreamExt;
use provider_directory::store::provider_users;
use serde_json::json;
use tower::ServiceExt;

use crate::agency::document;
use crate::portal::{PORTAL, World, id};

/// 7.15: a revocation stops a download that runs, and a link that was made before.
#[tokio::test]
async fn feature_7_15_a_revocation_stops_open_downloads_and_links() {
    let world = World::open().await;
    let mut bytes = b"%PDF-1.7 ".to_vec();
    bytes.resize(1 << 20, b'x');
    let item = world.agency.put(world.case, &document("large.pdf", &bytes)).await;
    world.agency.share(world.case, world.portal, item).await;
    let at = format!("{PORTAL}/cases/{}/documents/{item}", world.case);
    let fetch = || {
        let request =
            Request::get(format!("{at}/content")).header("authorization", format!("Bearer {}", world.ann_token));
        world
            .site
            .router()
            .oneshot(request.body(Body::empty()).expect("a request"))
    };
    let whole = axum::body::to_bytes(fetch().await.expect("an answer").into_body(), 4 << 20).await;
    assert_eq!(whole.expect("whole"), bytes);
    let link = async || {
        let made = world
            .ask("POST", &format!("{at}/link"), Some(&world.ann_token), None)
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let url = made.json()["url"].as_str().expect("an address").to_owned();
        url[url.find("/api/").expect("a path")..].to_owned()
    };
    let (used, kept) = (link().await, link().await);
    assert_eq!(world.ask("GET", &used, None, None).await.text.len(), bytes.len());
    assert_eq!(
        world.ask("GET", &used, None, None).await.status,
        404,
        "a link is good once"
    );
    let mut body = fetch().await.expect("an answer").into_body();
    let first = next_piece(&mut body).await.expect("a piece").expect("good");
    assert!(first < bytes.len());
    world.agency.revoke(world.case, world.portal, item).await;
    let mut read = first;
    let stopped = loop {
        match next_piece(&mut body).await {
            Some(Ok(piece)) => read += piece,
            end => break end,
        }
    };
    assert!(
        matches!(stopped, Some(Err(_))) && read < bytes.len(),
        "{read} of {}",
        bytes.len()
    );
    assert_eq!(
        world.ask("GET", &kept, None, None).await.status,
        404,
        "the link is dead"
    );
    assert_eq!(
        world
            .ask("GET", &format!("{at}/content"), Some(&world.ann_token), None)
            .await
            .status,
        404
    );
    // A token that is revoked stops what it has begun, and its links; the person has another one.
    world.agency.share(world.case, world.portal, item).await;
    let second = world.agency.token(world.ann, 3).await;
    let begun = Request::get(format!("{at}/content")).header("authorization", format!("Bearer {second}"));
    let begun = world
        .site
        .router()
        .oneshot(begun.body(Body::empty()).expect("a request"));
    let mut body = begun.await.expect("an answer").into_body();
    next_piece(&mut body).await.expect("a piece").expect("good");
    let listed = world.staff("GET", "/provider-tokens", json!({})).await.json();
    let listed = listed["tokens"].as_array().expect("tokens").iter();
    let mut of_second = listed.filter(|token| second.contains(token["prefix"].as_str().expect("a prefix")));
    let of_second = of_second.next().expect("listed")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let revoked = world
        .staff("POST", &format!("/provider-tokens/{of_second}/revoke"), json!({}))
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let stopped = loop {
        match next_piece(&mut body).await {
            Some(Ok(_)) => {}
            end => break end,
        }
    };
    assert!(matches!(stopped, Some(Err(_))), "a dead token reads on");
    assert_eq!(
        fetch().await.expect("an answer").status(),
        200,
        "the other token is good"
    );
    let kept = link().await;
    let shut = world
        .agency
        .does(async |tx| provider_users::set_active(tx, world.ann, false).await);
    shut.await.expect("deactivated");
    assert_eq!(world.ask("GET", &kept, None, None).await.status, 404);
}

/// The length of the next piece of a body.
async fn next_piece(body: &mut Body) -> Option<Result<usize, axum::Error>> {
    let mut stream = std::mem::take(body).into_data_stream();
    let piece = stream.next().await;
    *body = Body::from_stream(stream);
    piece.map(|piece| piece.map(|bytes| bytes.len()))
}

/// Files that are not what they say, are too long, or come with a path: refused, written down, nothing stored by halves.
#[tokio::test]
async fn bad_files_are_refused_written_down_and_not_stored() {
    let world = World::open().await;
    let of_case = format!("/cases/{}/documents", world.case);
    let of_clinic = format!("/agency-providers/{}/documents", world.clinic);
    let post = async |at: &str, name: &str, kind: &str, body: Vec<u8>| {
        let request = Request::post(format!("{at}?name={name}"))
            .header("authorization", format!("Bearer {}", world.staff))
            .header("content-type", kind);
        world
            .site
            .send(request.body(Body::from(body)).expect("a request"))
            .await
    };
    let send = async |name: &str, kind: &str, body: Vec<u8>| post(&of_case, name, kind, body).await;
    let good = send("Lab%20results.pdf", "application/pdf", b"%PDF-1.7 fine".to_vec()).await;
    assert_eq!(good.status, 201, "{}", good.text);
    assert_eq!(good.json()["size_bytes"], 13);
    let pdf = b"%PDF-1.7".to_vec();
    for (name, kind, body, code) in [
        ("..%2F..%2Fetc%2Fpasswd.pdf", "application/pdf", pdf.clone(), "path"),
        ("a%5Cb.pdf", "application/pdf", pdf.clone(), "path"),
        ("bomb.zip", "application/zip", b"PK\x03\x04".to_vec(), "unsupported"),
        ("bomb.pdf", "application/pdf", b"PK\x03\x04".to_vec(), "type_mismatch"),
        ("page.pdf", "text/html", b"<script>".to_vec(), "unsupported"),
        ("page.exe", "application/pdf", pdf.clone(), "ending"),
        (
            "long.pdf",
            "application/pdf",
            [pdf, vec![b'x'; 26 << 20]].concat(),
            "length",
        ),
    ] {
        for (at, action) in [
            (&of_case, "case_document.refused"),
            (&of_clinic, "clinic_document.refused"),
        ] {
            let before = world.audited(action).await;
            let refused = post(at, name, kind, body.clone()).await;
            assert_eq!(refused.fault().1, code, "{at} {name}: {}", refused.text);
            let status = if code == "length" { 413 } else { 422 };
            assert_eq!(refused.status.as_u16(), status, "{at} {name}");
            assert_eq!(world.audited(action).await, before + 1, "{at} {name}");
        }
    }
    // A gigabyte is refused when it passes the limit, not when all of it has been read.
    let (read, piece) = (Arc::new(AtomicUsize::new(0)), Bytes::from(vec![b'x'; 1 << 16]));
    let counting = read.clone();
    let gigabyte = futures::stream::iter(0..1 << 14).map(move |_| {
        counting.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, Infallible>(piece.clone())
    });
    let request = Request::post(format!("{of_case}?name=giant.pdf"))
        .header("authorization", format!("Bearer {}", world.staff))
        .header("content-type", "application/pdf");
    let before = world.audited("case_document.refused").await;
    let request = request.body(Body::from_stream(gigabyte)).expect("a request");
    let refused = world.site.send(request).await;
    assert_eq!((refused.status.as_u16(), refused.fault().1.as_str()), (413, "length"));
    let read = read.load(Ordering::Relaxed);
    assert!(read < 27 << 20, "{read} bytes were read");
    assert_eq!(world.audited("case_document.refused").await, before + 1);
    let listed = world
        .staff("GET", &format!("/cases/{}/documents", world.case), json!({}))
        .await
        .json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let papers = world.staff("GET", &of_clinic, json!({})).await.json();
    assert_eq!(papers["documents"], json!([]));
    let item = id(&good);
    let read = world
        .staff(
            "GET",
            &format!("/cases/{}/documents/{item}/content", world.case),
            json!({}),
        )
        .await;
    assert_eq!(read.text, "%PDF-1.7 fine");
}

/// 7.15 and 7.17: who only looks whether a link is good neither uses it up nor has seen anything; a dead token that was shown is
/// written down all the same.
#[tokio::test]
async fn feature_7_15_head_neither_uses_a_link_nor_proves_anything() {
    let world = World::open().await;
    let item = world.agency.put(world.case, &document("a.pdf", b"%PDF-1.7 a")).await;
    world.agency.share(world.case, world.portal, item).await;
    let at = format!("{PORTAL}/cases/{}/documents/{item}", world.case);
    let made = world
        .ask("POST", &format!("{at}/link"), Some(&world.ann_token), None)
        .await;
    let url = made.json()["url"].as_str().expect("an address").to_owned();
    let url = &url[url.find("/api/").expect("a path")..];
    let seen = async || {
        let counted = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM share_sight");
        let mut owner = world.site.house.owner().await;
        counted.fetch_one(&mut owner).await.expect("counted")
    };
    let before = seen().await;
    for _ in 0..2 {
        let looked = world.ask("HEAD", url, None, None).await;
        assert_eq!((looked.status.as_u16(), looked.text.as_str()), (200, ""));
    }
    let (case, content) = (format!("{PORTAL}/cases/{}", world.case), format!("{at}/content"));
    for path in [&case, &content] {
        assert_eq!(world.ask("HEAD", path, Some(&world.ann_token), None).await.status, 200);
    }
    assert_eq!(seen().await, before, "nothing was sent");
    assert_eq!(world.ask("GET", url, None, None).await.text, "%PDF-1.7 a");
    assert!(seen().await > before);
    assert_eq!(world.ask("HEAD", url, None, None).await.status, 404);
    let wrong = format!("{}x", world.ann_token);
    let refused = world.audited("provider_token.refused").await;
    assert_eq!(world.ask("HEAD", &content, Some(&wrong), None).await.status, 401);
    assert_eq!(world.audited("provider_token.refused").await, refused + 1);
}
