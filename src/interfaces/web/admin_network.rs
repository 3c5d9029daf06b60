//! The agency's network as pages: the overview, one provider with its people, tokens and notes.

use std::sync::Arc;

use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use chrono::TimeDelta;
use maud::{Markup, html};

use super::{
    admin::{Desk, STANDS_ON, shown},
    admin_done::{Done, ask_first},
    admin_fields::{Field, options},
    admin_network_forms::{records, sections},
    admin_sent::Sent,
    portal::{code_of, in_words, moment},
};
use crate::domain::{
    access::Permission,
    case::{ProviderNote, check_text},
};
use crate::interfaces::http::{
    Rooms, Routes,
    agency::{does, id, refuse},
    agency_providers::{NewAgencyProvider, TYPES, take_in},
    links::Links,
    path::Path,
    problem::Problem,
};
use crate::store::{
    agency_providers::{self, AgencyProvider},
    provider_tokens::{self, Listed, NewToken},
    provider_users::{self, ProviderUser},
};
use crate::vocab::{
    ProviderId, ProviderNoteId, ProviderTokenId, ProviderUserId,
    terms::{ProviderUserKind, ProviderUserStatus},
};

/// The pages, for the OpenAPI document.
pub const PAGES: &[(&str, &str, &str)] = &[
    ("get", "/admin/network", "The network at a glance"),
    ("post", "/admin/network", "Work with a provider, by a form"),
    (
        "get",
        "/admin/network/{provider}",
        "A provider, its people, tokens and notes",
    ),
    (
        "post",
        "/admin/network/{provider}/active",
        "Stop working with a provider, or go on, by a form",
    ),
    ("post", "/admin/network/{provider}/users", "Invite somebody, by a form"),
    ("post", "/admin/network/{provider}/notes", "Write a note, by a form"),
    (
        "post",
        "/admin/provider-users/{id}/active",
        "Let somebody in, or shut them out, by a form",
    ),
    (
        "post",
        "/admin/provider-users/{id}/tokens",
        "Issue a token, by a form; it is shown once",
    ),
    (
        "get",
        "/admin/provider-tokens/{id}/made",
        "A token that has just been made, this once",
    ),
    (
        "post",
        "/admin/provider-tokens/{id}/revoke",
        "Revoke a token, by a form",
    ),
    (
        "post",
        "/admin/provider-notes/{id}",
        "Show a note, or hide it, by a form",
    ),
];

/// The pages.
pub fn routes() -> Routes {
    vec![
        ("/admin/network", get(overview).post(add)),
        ("/admin/network/{provider}", get(provider)),
        ("/admin/network/{provider}/active", post(set_active)),
        ("/admin/network/{provider}/users", post(invite)),
        ("/admin/network/{provider}/notes", post(add_note)),
        ("/admin/provider-users/{id}/active", post(set_user_active)),
        ("/admin/provider-users/{id}/tokens", post(issue_token)),
        ("/admin/provider-tokens/{id}/revoke", post(revoke_token)),
        ("/admin/provider-tokens/{id}/made", get(show_token)),
        ("/admin/provider-notes/{id}", post(change_note)),
    ]
}

async fn overview(State(rooms): State<Arc<Rooms>>, links: Links, desk: Desk) -> Response {
    shown(&links, &desk, "Network", overview_content(&rooms, &links, &desk).await)
}

/// All that the overview shows.
pub async fn overview_content(rooms: &Rooms, links: &Links, desk: &Desk) -> Result<Markup, Problem> {
    let read = does(rooms, &desk.actor, async |tx| agency_providers::list(tx, None).await).await;
    let types = TYPES
        .iter()
        .map(|(code, name, _)| ((*code).to_owned(), (*name).to_owned()));
    let types = types.collect::<Vec<_>>();
    read.map(|(providers, _)| {
        html! {
            h1 { "Network" }
            (table(links, &providers))
            section aria-labelledby="add" {
                h2 #add { "Add a provider" }
                @let action = links.path("/admin/network");
                @let form = desk.form(&action);
                form .stack action=(action) method="post" {
                    (desk.hidden_word())
                    (form.choice(Field::new("type", "type", "What it is"), &types))
                    (form.line(Field::new("own", "own", "Or a word of your own").help("Letters, digits and spaces.").longest(63)))
                    (form.line(Field::new("provider", "provider", "NPI or reference of a provider in the directory").longest(64)))
                    (form.line(Field::new("name", "name", "Or the name of a new one, which only you see").longest(200)))
                    div { button type="submit" { "Add" } }
                }
            }
        }
    })
}

/// How people and machines of a provider come in.
pub const WAYS_IN: [(&str, &str); 2] = [("person", "the portal"), ("machine", "the external API")];

/// What a type is called, an agency's own too.
pub fn type_name(code: &str) -> String {
    let known = TYPES.iter().find(|(known, ..)| *known == code);
    known.map_or_else(|| in_words(code), |(_, name, _)| (*name).to_owned())
}

fn table(links: &Links, providers: &[AgencyProvider]) -> Markup {
    html! {
        @if providers.is_empty() { p { "No provider yet." } } @else {
            div .scroll tabindex="0" role="region" aria-label="Providers" {
                table {
                    caption { (providers.len()) @if providers.len() == 1 { " provider" } @else { " providers" } }
                    thead { tr {
                        th scope="col" { "Provider" } th scope="col" { "Type" } th scope="col" { "Directory" }
                        th scope="col" { "Active people" } th scope="col" { "Open cases" } th scope="col" { "Last seen" }
                        th scope="col" { "State" }
                    } }
                    tbody { @for p in providers {
                        tr {
                            th scope="row" { a href=(links.path(&format!("/admin/network/{}", p.provider_id))) { (p.name) } }
                            td { (type_name(&p.r#type)) }
                            td { @if p.private { "Yours only" } @else { (p.network_status) @if let Some(npi) = p.npi { ", NPI " (npi) } } }
                            td { (p.active_users) }
                            td { (p.open_cases) }
                            td { @if let Some(at) = p.last_seen_at { (moment(at)) } @else { "never" } }
                            td { @if p.is_active { "Working together" } @else { "Stopped" } }
                        }
                    } }
                }
            }
        }
    }
}

async fn add(form: Sent) -> Response {
    let done = async {
        let [kind, own, provider, name] = form.fields(["type", "own", "provider", "name"])?;
        let said = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        match (provider.trim().is_empty(), name.trim().is_empty()) {
            (true, true) => {
                let message = "its NPI or reference; or, in the next field, the name of a new one";
                return Err(Problem::fault("provider", "required", message));
            }
            (false, false) => {
                let message = "leave this empty for a provider of the directory: it has its name there";
                return Err(Problem::fault("name", "one_of", message));
            }
            _ => {}
        }
        let new = NewAgencyProvider {
            r#type: said(own).map_or(kind, |own| code_of(&own)),
            provider: said(provider),
            name: said(name),
            phone: None,
            email: None,
        };
        if new.provider.is_none() {
            form.desk.require(Permission::ProvidersWrite)?;
        }
        let added = take_in(&form.rooms, &form.desk.actor, new).await?.0;
        Ok((format!("/admin/network/{}", added.provider_id), Done::Added))
    };
    form.acted(done.await).await
}

async fn provider(State(rooms): State<Arc<Rooms>>, links: Links, desk: Desk, Path(provider): Path<String>) -> Response {
    let content = provider_content(&rooms, &links, &desk, &provider).await;
    shown(&links, &desk, "Provider", content)
}

/// All that a provider's page shows.
pub async fn provider_content(rooms: &Rooms, links: &Links, desk: &Desk, provider: &str) -> Result<Markup, Problem> {
    let provider = id::<ProviderId>(provider)?;
    let read = does(rooms, &desk.actor, async |tx| {
        let found = agency_providers::get(tx, provider).await?;
        let users = provider_users::list(tx, Some(provider)).await?;
        let tokens = provider_tokens::list(tx, None).await?;
        let notes = agency_providers::notes(tx, Some(provider), None).await?;
        let kept = records(tx, provider).await?;
        Ok((found, users, tokens, notes, kept))
    });
    let ((found, users, tokens, notes, kept), _) = read.await?;
    Ok(html! {
        (whole_provider(links, desk, &found, &users, &tokens, &notes))
        (sections(links, desk, found.provider_id, &kept))
    })
}

fn whole_provider(
    links: &Links,
    desk: &Desk,
    provider: &AgencyProvider,
    users: &[ProviderUser],
    tokens: &[Listed],
    notes: &[ProviderNote],
) -> Markup {
    let at = format!("/admin/network/{}", provider.provider_id);
    let turn = if provider.is_active {
        "Stop working together"
    } else {
        "Work together again"
    };
    html! {
        p { a href=(links.path("/admin/network")) { "Network" } }
        h1 { (provider.name) }
        dl {
            dt { "Type" } dd { (type_name(&provider.r#type)) }
            dt { "Reference" } dd { (provider.locator) }
            dt { "State" } dd { @if provider.is_active { "Working together" } @else { "Stopped: its people see nothing" } }
            dt { "Open cases" } dd { (provider.open_cases) }
        }
        @let form = html! {
            form action=(links.path(&format!("{at}/active"))) method="post" {
                (desk.hidden_word())
                input type="hidden" name="active" value=(!provider.is_active);
                button .quiet type="submit" { (turn) }
            }
        };
        @if provider.is_active {
            (ask_first(&html! { (turn) }, "Its people see nothing of any case from then on.", &form))
        } @else { (form) }
        section aria-labelledby="users" {
            h2 #users { "People and machines" }
            @for user in users { (user_card(links, desk, user, tokens)) }
            h3 { "Invite somebody" }
            @let action = links.path(&format!("{at}/users"));
            @let form = desk.form(&action);
            form .stack action=(action) method="post" {
                (desk.hidden_word())
                (form.line(Field::new("user-name", "name", "Name").longest(200).required()))
                (form.line(Field::new("user-email", "email", "Email address").longest(254).of_type("email")))
                (form.choice(Field::new("user-kind", "kind", "Comes in through"), &options(WAYS_IN)))
                div { button type="submit" { "Invite" } }
            }
        }
        section aria-labelledby="notes" {
            h2 #notes { "Notes" }
            @for note in notes { (note_card(links, desk, note)) }
            @let action = links.path(&format!("{at}/notes"));
            @let form = desk.form(&action);
            form .stack action=(action) method="post" {
                (desk.hidden_word())
                (form.area(Field::new("note", "text", "New note").longest(20_000).required(), 3))
                (form.tick("shareable", "true", "The provider's people may see it"))
                div { button type="submit" { "Write" } }
            }
        }
    }
}

fn user_card(links: &Links, desk: &Desk, user: &ProviderUser, tokens: &[Listed]) -> Markup {
    let at = format!("/admin/provider-users/{}", user.id);
    let shut = user.status != ProviderUserStatus::Deactivated;
    let field = format!("token-{}", user.id);
    html! {
        div .box {
            h3 { (user.name) " " span .badge { (user.kind) ", " (user.status) } }
            @if let Some(email) = &user.email { p { (email) } }
            @let turn = html! { @if shut { "Deactivate " } @else { "Activate " } (user.name) };
            @let form = html! {
                form .inline action=(links.path(&format!("{at}/active"))) method="post" {
                    (desk.hidden_word())
                    input type="hidden" name="active" value=(!shut);
                    button .quiet type="submit" { (turn) }
                }
            };
            @if shut { (ask_first(&turn, "They can't come in any more until they are activated again.", &form)) } @else { (form) }
            @let own = tokens.iter().filter(|t| t.provider_user_id == user.id.0 && t.revoked_at.is_none());
            @for token in own {
                p { "Token " (token.name) ", " code { "pvp_" (token.prefix) } @if let Some(end) = token.expires_at { ", until " (moment(end)) } }
                @let act = |does: &str, says: &str| {
                    let label = html! { (does) " the token " (token.name) " of " (user.name) };
                    let at = format!("/admin/provider-tokens/{}/{}", token.id, does.to_lowercase());
                    let form = html! {
                        form .inline action=(links.path(&at)) method="post" {
                            (desk.hidden_word())
                            input type="hidden" name=(STANDS_ON) value=(user.provider_id);
                            button .quiet type="submit" { (label) }
                        }
                    };
                    ask_first(&label, says, &form)
                };
                (act("Revoke", "Nobody comes in by it any more, and nothing brings it back."))
                (act("Rotate", "The old token is dead at once; a new one is shown to you, to be sent to them."))
            }
            @let action = links.path(&format!("{at}/tokens"));
            @let name = Field::new(&field, "name", "Name of a new token").longest(100).required();
            form .row action=(action) method="post" {
                (desk.hidden_word())
                input type="hidden" name=(STANDS_ON) value=(user.provider_id);
                (desk.form(&action).line(name))
                button type="submit" { "Issue for 90 days" }
            }
        }
    }
}

fn note_card(links: &Links, desk: &Desk, note: &ProviderNote) -> Markup {
    html! {
        div .box {
            p .text { (note.text) }
            p .muted { (moment(note.created_at)) ", " @if note.shareable { "the provider sees it" } @else { "internal" } }
            form action=(links.path(&format!("/admin/provider-notes/{}", note.id))) method="post" {
                (desk.hidden_word())
                input type="hidden" name="shareable" value=(!note.shareable);
                button .quiet type="submit" { @if note.shareable { "Hide from the provider" } @else { "Show to the provider" } }
            }
        }
    }
}

async fn set_active(Path(provider): Path<String>, form: Sent) -> Response {
    let done = async {
        let [active] = form.fields(["active"])?;
        let (provider, active) = (id::<ProviderId>(&provider)?, active == "true");
        form.does(async |tx| agency_providers::change(tx, provider, None, Some(active)).await)
            .await?;
        let done = if active { Done::Changed } else { Done::Stopped };
        Ok((format!("/admin/network/{provider}"), done))
    };
    form.acted(done.await).await
}

async fn invite(Path(provider): Path<String>, form: Sent) -> Response {
    let done = async {
        let [name, email, kind] = form.fields(["name", "email", "kind"])?;
        form.desk.require(Permission::ProviderUsersWrite)?;
        check_text("name", &name, 200).map_err(refuse)?;
        let provider = id::<ProviderId>(&provider)?;
        let kind = kind.parse::<ProviderUserKind>();
        let kind = kind.map_err(|why| Problem::fault("kind", "unknown_term", why.to_string()))?;
        let email = Some(email.trim()).filter(|email| !email.is_empty());
        form.does(async |tx| provider_users::invite(tx, provider, kind, name.trim(), email).await)
            .await?;
        Ok((format!("/admin/network/{provider}"), Done::Invited))
    };
    form.acted(done.await).await
}

async fn set_user_active(Path(user): Path<String>, form: Sent) -> Response {
    let done = async {
        let [active] = form.fields(["active"])?;
        form.desk.require(Permission::ProviderUsersWrite)?;
        let (user, active) = (id::<ProviderUserId>(&user)?, active == "true");
        let done = form.does(async |tx| provider_users::set_active(tx, user, active).await);
        let user = done.await?;
        let done = if active { Done::Changed } else { Done::Deactivated };
        Ok((format!("/admin/network/{}", user.provider_id), done))
    };
    form.acted(done.await).await
}

async fn issue_token(Path(user): Path<String>, form: Sent) -> Response {
    let done = async {
        let [name] = form.fields(["name"])?;
        form.desk.require(Permission::ProviderUsersWrite)?;
        check_text("name", &name, 100).map_err(refuse)?;
        let new = NewToken {
            user: id::<ProviderUserId>(&user)?,
            name,
            scopes: Vec::new(),
            expires_at: Some(form.now() + TimeDelta::days(90)),
        };
        let made = form.does(async |tx| {
            provider_users::get(tx, new.user).await?;
            provider_tokens::issue(tx, &new, rand::random()).await
        });
        let (listed, token) = made.await?;
        Ok((listed.id.into(), token))
    };
    form.made_token(done.await).await
}

/// `GET /admin/provider-tokens/{id}/made`: a token that has just been made, this once.
async fn show_token(State(rooms): State<Arc<Rooms>>, links: Links, desk: Desk, Path(token): Path<String>) -> Response {
    let read = async {
        desk.require(Permission::ProviderUsersWrite)?;
        let id = id::<ProviderTokenId>(&token)?;
        let read = does(&rooms, &desk.actor, async |tx| {
            let listed = provider_tokens::get(tx, id).await?;
            let user = provider_users::get(tx, listed.provider_user_id.into()).await?;
            Ok((listed, user))
        });
        let ((listed, user), _) = read.await?;
        let token = desk
            .token()
            .filter(|token| token.starts_with(&format!("pvp_{}", listed.prefix)));
        Ok(html! {
            h1 { "A token for " (user.name) }
            @if let Some(token) = &token {
                p .done role="status" { code #token { (token) } }
                p { "Send it to " (user.name) " in a safe way. It is shown this once and kept nowhere." }
            } @else {
                p .done role="status" { "The token was shown once, and is kept nowhere. If it is lost, rotate it: the old one is dead then." }
            }
            p { a href=(links.path(&format!("/admin/network/{}", user.provider_id))) { "Back to the provider" } }
        })
    };
    shown(&links, &desk, "A new token", read.await)
}

async fn revoke_token(Path(token): Path<String>, form: Sent) -> Response {
    let done = async {
        let [] = form.fields([])?;
        form.desk.require(Permission::ProviderUsersWrite)?;
        let token = id::<ProviderTokenId>(&token)?;
        let done = form.does(async |tx| {
            let revoked = provider_tokens::revoke(tx, token).await?;
            provider_users::get(tx, revoked.provider_user_id.into()).await
        });
        let user = done.await?;
        Ok((format!("/admin/network/{}", user.provider_id), Done::Revoked))
    };
    form.acted(done.await).await
}

async fn add_note(Path(provider): Path<String>, form: Sent) -> Response {
    let done = async {
        let [text, shareable] = form.fields(["text", "shareable"])?;
        check_text("text", &text, 20_000).map_err(refuse)?;
        let provider = id::<ProviderId>(&provider)?;
        form.does(async |tx| agency_providers::add_note(tx, provider, None, &text, shareable == "true").await)
            .await?;
        Ok((format!("/admin/network/{provider}"), Done::Written))
    };
    form.acted(done.await).await
}

async fn change_note(Path(note): Path<String>, form: Sent) -> Response {
    let done = async {
        let [shareable] = form.fields(["shareable"])?;
        let note = id::<ProviderNoteId>(&note)?;
        let done = form.does(async |tx| agency_providers::set_note_shareable(tx, note, shareable == "true").await);
        let note = done.await?;
        Ok((format!("/admin/network/{}", note.provider_id), Done::Changed))
    };
    form.acted(done.await).await
}
