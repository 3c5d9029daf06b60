//! The sharing proof as a page: who could see what of a case, who did, and who decided.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use maud::{Markup, html};

use super::{
    admin::{Desk, shown},
    portal::{in_words, moment},
};
use crate::domain::{
    person::Member,
    sharing_proof::{Period, Proof, ProofItem, ProofNote, ProofUser, Sight},
};
use crate::interfaces::http::{
    Rooms,
    agency::{does, id, now},
    links::Links,
    path::Path,
};
use crate::store::{
    agency_providers::{self, AgencyProvider},
    members, sharing_proof,
};
use crate::vocab::{CaseId, ProviderId, ProviderUserId};

/// `GET /admin/cases/{id}/proof/{provider}`.
pub async fn page(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    desk: Desk,
    Path((case, provider)): Path<(String, String)>,
) -> Response {
    let at = now(&rooms);
    let read = async {
        let (case, provider) = (id::<CaseId>(&case)?, id::<ProviderId>(&provider)?);
        let read = does(&rooms, &desk.actor, async |tx| {
            let proof = sharing_proof::report(tx, case, provider, at).await?;
            let own = match desk.actor.organization_id {
                Some(organization) => members::list(tx, organization).await?,
                None => Vec::new(),
            };
            Ok((proof, agency_providers::get(tx, provider).await?, own))
        });
        let ((proof, provider, own), _) = read.await?;
        Ok(whole_proof(&links, &proof, &provider, &own))
    };
    shown(&links, &desk, "Sharing proof", read.await)
}

fn whole_proof(links: &Links, proof: &Proof, provider: &AgencyProvider, own: &[Member]) -> Markup {
    html! {
        p { a href=(links.path(&format!("/admin/cases/{}", proof.case_id))) { "Back to the case" } }
        h1 { "What " (provider.name) " could see, and saw" }
        p .muted { "Up to " (moment(proof.as_of)) ", from the history alone." }
        section aria-labelledby="case" {
            h2 #case { "The case itself" }
            h3 { "Could see" }
            (periods(&proof.case, &proof.users))
            h3 { "Did see" }
            (sights(&proof.case_seen, &proof.users))
        }
        @for item in &proof.items { (proof_item(item, &proof.users, own)) }
        @if proof.items.is_empty() { p { "No item was ever shared." } }
        @for note in &proof.provider_notes { (proof_note(note, &proof.users)) }
    }
}

fn proof_item(item: &ProofItem, users: &[ProofUser], own: &[Member]) -> Markup {
    let heading = format!("item-{}", item.id);
    html! {
        section .card aria-labelledby=(heading) {
            h2 id=(heading) { (item.title) " " span .badge { (in_words(item.kind.code())) } }
            h3 { "Could see" }
            (periods(&item.could_see, users))
            h3 { "Did see" }
            (sights(&item.did_see, users))
            h3 { "Decisions" }
            ul { @for record in &item.shares {
                li { (in_words(record.share.action.code())) " " (moment(record.share.at)) " by " (by(&record.actor, own)) @if let Some(reason) = &record.reason { ": " (reason) } }
            } }
        }
    }
}

fn proof_note(note: &ProofNote, users: &[ProofUser]) -> Markup {
    let heading = format!("note-{}", note.id);
    html! {
        section .card aria-labelledby=(heading) {
            h2 id=(heading) { (note.title) " " span .badge { "Note about the provider" } }
            h3 { "Could see" }
            (periods(&note.could_see, users))
            h3 { "Did see" }
            (sights(&note.did_see, users))
        }
    }
}

/// Looks of one person of one kind, one after the other, as one line.
fn sights(sights: &[Sight], users: &[ProofUser]) -> Markup {
    html! {
        @if sights.is_empty() { p { "Nobody." } }
        ul { @for run in sights.chunk_by(|a, b| (a.provider_user_id, a.how) == (b.provider_user_id, b.how)) {
            @if let (Some(first), Some(last)) = (run.first(), run.last()) {
                li {
                    (user_name(first.provider_user_id, users)) " " (first.how) " " (moment(first.at))
                    @if run.len() > 1 { ", " (run.len()) " times until " (moment(last.at)) }
                }
            }
        } }
    }
}

/// Who of the agency's decided, by the name that they have today.
fn by(actor: &str, own: &[Member]) -> String {
    match actor.split_once(':') {
        Some(("user", id)) => {
            let found = own.iter().find(|member| member.user_id.to_string() == id);
            found.map_or_else(
                || "somebody who was of the agency".to_owned(),
                |member| member.name.clone(),
            )
        }
        Some(("token", name)) => format!("the program {name}"),
        _ => actor.to_owned(),
    }
}

fn periods(periods: &[Period], users: &[ProofUser]) -> Markup {
    html! {
        @if periods.is_empty() { p { "Nobody." } }
        ul { @for period in periods {
            li {
                (user_name(period.provider_user_id, users)) ": from " (moment(period.from))
                @match period.until { Some(end) => { " until " (moment(end)) } None => { ", still" } }
                @if let Some(fields) = &period.fields { " (" (fields.join(", ")) ")" }
            }
        } }
    }
}

fn user_name(id: ProviderUserId, users: &[ProofUser]) -> &str {
    users
        .iter()
        .find(|user| user.id == id)
        .map_or("", |user| user.name.as_str())
}
