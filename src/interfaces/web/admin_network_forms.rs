//! The rest of a provider's page: whom to talk to there, its papers, its own portal; and a new token in the place of one.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use maud::{Markup, html};
use uuid::Uuid;

use super::{
    admin::{Desk, acted},
    admin_case_forms::too_long,
    admin_done::{Done, ask_first},
    admin_fields::{Field, options},
    admin_sent::Sent,
    portal::size,
    upload::{self, AROUND},
};
use crate::domain::{access::Permission, case::check_text, document};
use crate::interfaces::http::{
    Rooms, Routes,
    agency::{does, id, refuse},
    agency_providers::check_portal,
    clinic_records::refused,
    links::Links,
    parameters,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::{
    agency_providers::{self, ClinicPortal},
    clinic_records::{self, Clinic, Contact, NewContact, NewPaper, Paper},
    provider_tokens,
};
use crate::vocab::{ProviderId, ProviderTokenId};

/// The forms, for the OpenAPI document.
pub const PAGES: &[(&str, &str, &str)] = &[
    (
        "post",
        "/admin/network/{provider}/contacts",
        "Keep a contact, by a form",
    ),
    (
        "post",
        "/admin/network/{provider}/contacts/{contact}/remove",
        "Forget a contact, by a form",
    ),
    ("post", "/admin/network/{provider}/documents", "Keep a paper, by a form"),
    (
        "post",
        "/admin/network/{provider}/documents/{document}",
        "Show a paper, or hide it, by a form",
    ),
    (
        "post",
        "/admin/network/{provider}/portal",
        "Dress the clinic's portal up, or down again, by a form",
    ),
    (
        "post",
        "/admin/provider-tokens/{id}/rotate",
        "Put a new token in the place of one, by a form; it is shown once",
    ),
];

/// The paths.
pub fn routes() -> Routes {
    let file = DefaultBodyLimit::max(document::MAX_BYTES + AROUND);
    vec![
        ("/admin/network/{provider}/contacts", post(add_contact)),
        (
            "/admin/network/{provider}/contacts/{contact}/remove",
            post(remove_contact),
        ),
        ("/admin/network/{provider}/documents", post(add_paper).layer(file)),
        ("/admin/network/{provider}/documents/{document}", post(show_paper)),
        ("/admin/network/{provider}/portal", post(set_portal)),
        ("/admin/provider-tokens/{id}/rotate", post(rotate_token)),
    ]
}

/// What is kept about a provider.
pub struct Records {
    contacts: Vec<Contact>,
    papers: Vec<Paper>,
    portal: Option<ClinicPortal>,
    /// The agency's own sites.
    sites: Vec<(Uuid, String)>,
}

/// Reads it.
pub async fn records(tx: &mut crate::store::Tx, provider: ProviderId) -> Result<Records, crate::store::Error> {
    let clinic = Clinic::Outside(provider);
    Ok(Records {
        contacts: clinic_records::contacts(tx, clinic).await?,
        papers: clinic_records::papers(tx, clinic).await?,
        portal: agency_providers::clinic_portal(tx, provider).await?,
        sites: agency_providers::own_sites(tx).await?,
    })
}

/// Contacts, papers and the portal, with their forms.
pub fn sections(links: &Links, desk: &Desk, provider: Uuid, records: &Records) -> Markup {
    let at = |what: &str| links.path(&format!("/admin/network/{provider}/{what}"));
    html! {
        section aria-labelledby="contacts" {
            h2 #contacts { "Contacts" }
            @for contact in &records.contacts {
                div .box {
                    h3 { (contact.name) @if let Some(role) = &contact.role { " " span .badge { (role) } } }
                    @if let Some(phone) = &contact.phone { p { (phone) } }
                    @if let Some(email) = &contact.email { p { (email) } }
                    @let form = html! {
                        form .inline action=(at(&format!("contacts/{}/remove", contact.id))) method="post" {
                            (desk.hidden_word())
                            button .quiet type="submit" { "Forget " (contact.name) }
                        }
                    };
                    (ask_first(&html! { "Forget " (contact.name) }, "Nothing brings the contact back.", &form))
                }
            }
            @let form = desk.form(&at("contacts"));
            form .stack action=(at("contacts")) method="post" {
                (desk.hidden_word())
                (form.line(Field::new("contact-name", "name", "Contact's name").longest(200).required()))
                (form.line(Field::new("contact-role", "role", "What they do").longest(100)))
                (form.line(Field::new("contact-phone", "phone", "Telephone").longest(50).of_type("tel")))
                (form.line(Field::new("contact-email", "email", "Contact's email").longest(254).of_type("email")))
                div { button type="submit" { "Keep the contact" } }
            }
        }
        section aria-labelledby="papers" {
            h2 #papers { "Papers" }
            @for paper in &records.papers {
                div .box {
                    h3 { (paper.name) }
                    p .muted { (paper.media_type) ", " (size(paper.size_bytes)) ", " @if paper.shareable { "the clinic sees it" } @else { "internal" } }
                    form .inline action=(at(&format!("documents/{}", paper.id))) method="post" {
                        (desk.hidden_word())
                        input type="hidden" name="shareable" value=(!paper.shareable);
                        button .quiet type="submit" { @if paper.shareable { "Hide " } @else { "Show " } (paper.name) }
                    }
                }
            }
            form .stack action=(at("documents")) method="post" enctype="multipart/form-data" {
                (desk.hidden_word())
                (desk.form(&at("documents")).line(Field::new("paper", "file", "File").required().of_type("file")))
                div { button type="submit" { "Keep the paper" } }
            }
        }
        (portal_form(&at("portal"), desk, records))
    }
}

fn portal_form(action: &str, desk: &Desk, records: &Records) -> Markup {
    let portal = records.portal.as_ref();
    let site = portal.and_then(|portal| portal.clinic_id);
    let site = site.map(|site| site.to_string()).unwrap_or_default();
    let said = |of: fn(&ClinicPortal) -> &str| portal.map(of).unwrap_or_default();
    let looks = options(["plain", "teal", "plum", "amber"].map(|theme| (theme, theme)));
    let at_sites = records
        .sites
        .iter()
        .map(|(id, name)| (id.to_string(), format!("At {name}")));
    let sites = [(String::new(), "None".to_owned())]
        .into_iter()
        .chain(at_sites)
        .collect::<Vec<_>>();
    let form = desk.form(action);
    html! {
        section aria-labelledby="own-portal" {
            h2 #own-portal { "Its own portal" }
            form .stack action=(action) method="post" {
                (desk.hidden_word())
                (form.line(
                    Field::new("subdomain", "subdomain", "First label of its host")
                        .value(said(|p| &p.subdomain))
                        .help("Lower-case letters, digits, hyphens. Empty: the plain portal.")
                        .longest(63)
                ))
                (form.line(Field::new("portal-title", "title", "Shown instead of the portal's name").value(said(|p| &p.title)).longest(100)))
                (form.choice(Field::new("theme", "theme", "Look").value(said(|p| &p.theme)), &looks))
                (form.area(Field::new("welcome", "welcome", "Welcome on the sign-in page").value(said(|p| &p.welcome)).longest(1_000), 2))
                @if !records.sites.is_empty() {
                    (form.choice(
                        Field::new("site", "clinic_id", "Appointments that it sees")
                            .value(&site)
                            .help("Times, practitioners and kinds; whom for only where that is a case assigned to it."),
                        &sites
                    ))
                }
                div { button type="submit" { "Set the portal" } }
            }
        }
    }
}

fn said(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

async fn add_contact(Path(provider): Path<String>, form: Sent) -> Response {
    let done = async {
        let [name, role, phone, email] = form.fields(["name", "role", "phone", "email"])?;
        check_text("name", &name, 200).map_err(refuse)?;
        let provider = id::<ProviderId>(&provider)?;
        let new = NewContact {
            name: name.trim().to_owned(),
            role: said(&role),
            phone: said(&phone),
            email: said(&email),
        };
        form.does(async |tx| clinic_records::add_contact(tx, Clinic::Outside(provider), &new).await)
            .await?;
        Ok((format!("/admin/network/{provider}"), Done::Kept))
    };
    form.acted(done.await).await
}

async fn remove_contact(Path((provider, contact)): Path<(String, String)>, form: Sent) -> Response {
    let done = async {
        let [] = form.fields([])?;
        let (provider, contact) = (id::<ProviderId>(&provider)?, id::<Uuid>(&contact)?);
        form.does(async |tx| clinic_records::remove_contact(tx, contact).await)
            .await?;
        Ok((format!("/admin/network/{provider}"), Done::Forgotten))
    };
    form.acted(done.await).await
}

async fn add_paper(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    desk: Desk,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let done = async {
        let provider = id::<ProviderId>(&provider)?;
        let clinic = Clinic::Outside(provider);
        let Ok(body) = body else {
            let fault = too_long();
            refused(&rooms, &desk.actor, clinic, &fault).await?;
            return Err(Problem::new(Kind::TooLarge, fault.message.clone()).with_errors(vec![fault]));
        };
        let form = upload::read(&headers, &body)?;
        desk.confirm(&form.word)?;
        let media_type = match document::check(&form.name, &form.media_type, &form.content) {
            Ok(media_type) => media_type,
            Err(fault) => {
                refused(&rooms, &desk.actor, clinic, &fault).await?;
                return Err(refuse(fault));
            }
        };
        let new = NewPaper {
            name: &form.name,
            media_type,
            content: &form.content,
        };
        does(&rooms, &desk.actor, async |tx| {
            clinic_records::add_paper(tx, clinic, &new).await
        })
        .await?;
        Ok((format!("/admin/network/{provider}"), Done::Kept))
    };
    acted(&rooms, &links, &desk, &[], done.await).await
}

async fn show_paper(Path((provider, paper)): Path<(String, String)>, form: Sent) -> Response {
    let done = async {
        let [shareable] = form.fields(["shareable"])?;
        let (provider, paper) = (id::<ProviderId>(&provider)?, id::<Uuid>(&paper)?);
        form.does(async |tx| {
            clinic_records::set_paper_shareable(tx, Clinic::Outside(provider), paper, shareable == "true").await
        })
        .await?;
        Ok((format!("/admin/network/{provider}"), Done::Changed))
    };
    form.acted(done.await).await
}

async fn set_portal(Path(provider): Path<String>, form: Sent) -> Response {
    let done = async {
        let known = ["subdomain", "title", "theme", "welcome", "clinic_id"];
        let [subdomain, title, theme, welcome, site] = form.fields(known)?;
        let provider = id::<ProviderId>(&provider)?;
        let clinic_id = parameters::parsed("clinic_id", said(&site), "the id of a site")?;
        let portal = said(&subdomain).map(|subdomain| ClinicPortal {
            subdomain,
            title: title.trim().to_owned(),
            theme,
            welcome,
            clinic_id,
        });
        portal.as_ref().map_or(Ok(()), check_portal)?;
        form.does(async |tx| match &portal {
            Some(portal) => agency_providers::set_clinic_portal(tx, provider, portal).await,
            None => agency_providers::remove_clinic_portal(tx, provider).await,
        })
        .await?;
        Ok((format!("/admin/network/{provider}"), Done::Changed))
    };
    form.acted(done.await).await
}

async fn rotate_token(Path(token): Path<String>, form: Sent) -> Response {
    let done = async {
        let [] = form.fields([])?;
        form.desk.require(Permission::ProviderUsersWrite)?;
        let (token, at) = (id::<ProviderTokenId>(&token)?, form.now());
        let made = form.does(async |tx| provider_tokens::rotate(tx, token, rand::random(), at).await);
        let (listed, token) = made.await?;
        Ok((listed.id.into(), token))
    };
    form.made_token(done.await).await
}
