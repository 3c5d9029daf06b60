//! Style, script and icon, compiled in. Their addresses carry a hash, so a browser may keep them for good.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::interfaces::http::{links::Links, path::Path, problem::Problem};

/// One file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    hash: String,
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset(
            "style.css",
            "text/css; charset=utf-8",
            include_bytes!("assets/style.css"),
        ),
        asset(
            "portal.css",
            "text/css; charset=utf-8",
            include_bytes!("assets/portal.css"),
        ),
        asset(
            "search.js",
            "text/javascript; charset=utf-8",
            include_bytes!("assets/search.js"),
        ),
        asset("icon.svg", "image/svg+xml", include_bytes!("assets/icon.svg")),
    ]
});

fn asset(name: &'static str, media_type: &'static str, bytes: &'static [u8]) -> Asset {
    let mut hash = format!("{:x}", Sha256::digest(bytes));
    hash.truncate(16);
    Asset {
        name,
        media_type,
        bytes,
        hash,
    }
}

/// The address of a file, with its hash.
pub fn path(links: &Links, name: &str) -> String {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let hash = found.map_or("", |asset| asset.hash.as_str());
    links.path(&format!("/assets/{name}?v={hash}"))
}

/// `GET /assets/{name}`.
pub async fn get(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let asset = found.ok_or_else(|| Problem::not_found("There is no such file."))?;
    let etag = format!("\"{}\"", asset.hash);
    let kept = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let about = [
        (header::CONTENT_TYPE, asset.media_type.to_owned()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        (header::ETAG, etag.clone()),
    ];
    if kept.is_some_and(|kept| kept.contains(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, asset.bytes).into_response())
}
