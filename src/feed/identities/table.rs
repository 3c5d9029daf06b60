//! Who somebody is, decided as the functions of the database decide it (`standing_of_session` and its neighbours), from what
//! was read of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::access::{Actor, Role};
use crate::store::{
    access::{Credential, Standing},
    identities::{Digest, Found, Key, Person, Token},
    sessions::digest,
};
use crate::vocab::{OrganizationId, UserId};

/// Everybody, by what they show.
#[derive(Default)]
pub struct Table {
    found: Found,
    subjects: HashMap<(String, String), UserId>,
}

impl Table {
    /// Of everything that was read.
    pub fn new(found: Found) -> Self {
        let of = |(id, person): (&UserId, &Person)| Some((person.subject.clone()?, *id));
        Self {
            subjects: found.people.iter().filter_map(of).collect(),
            found,
        }
    }

    /// Puts what was read of some keys in the place of what was known of them; what was not found is no more.
    pub fn change(&mut self, keys: &[Key], found: Found) {
        for key in keys {
            match key {
                Key::Session(digest) => drop(self.found.sessions.remove(digest)),
                Key::Token(digest) => drop(self.found.tokens.remove(digest)),
                Key::User(id) => {
                    let known = self.found.people.remove(id);
                    let subject = known.and_then(|person| person.subject);
                    subject.and_then(|subject| self.subjects.remove(&subject));
                }
                Key::Organization(id) => drop(self.found.organizations.remove(id)),
            }
        }
        let of = |(id, person): (&UserId, &Person)| Some((person.subject.clone()?, *id));
        self.subjects.extend(found.people.iter().filter_map(of));
        self.found.sessions.extend(found.sessions);
        self.found.tokens.extend(found.tokens);
        self.found.people.extend(found.people);
        self.found.organizations.extend(found.organizations);
    }

    /// Drops the sessions and tokens that have run out.
    pub fn forget_ended(&mut self, now: DateTime<Utc>) {
        self.found.sessions.retain(|_, session| session.expires_at > now);
        let lasts = |token: &Token| token.expires_at.is_none_or(|at| at > now);
        self.found.tokens.retain(|_, token| lasts(token));
    }

    /// The person whom an issuer vouches for, once they are bound to it.
    pub fn person(&self, issuer: &str, subject: &str) -> Option<UserId> {
        self.subjects.get(&(issuer.to_owned(), subject.to_owned())).copied()
    }

    /// Who comes with a credential, and what they are in `wanted`, or else in the organisation that the credential is for.
    pub fn standing(
        &self,
        credential: Credential<'_>,
        wanted: Option<OrganizationId>,
        now: DateTime<Utc>,
    ) -> Option<Standing> {
        match credential {
            Credential::Token(token) => self.of_token(&digest(token), wanted, now),
            Credential::Session(token) => self.of_session(&digest(token), wanted, now),
            Credential::Person(user) => self.of_person(user, wanted),
        }
    }

    fn of_token(&self, digest: &Digest, wanted: Option<OrganizationId>, now: DateTime<Utc>) -> Option<Standing> {
        let token = self.found.tokens.get(digest)?;
        if token.expires_at.is_some_and(|at| at <= now) {
            return None;
        }
        let organization = wanted.or(token.organization);
        let is_there = organization.is_some_and(|id| self.found.organizations.contains_key(&id));
        let admitted =
            wanted.is_none() || wanted == token.organization || (token.role == Role::PlatformAdmin && is_there);
        let mut actor = Actor::new(format!("token:{}", token.name), token.role);
        actor.scopes.clone_from(&token.scopes);
        Some(self.standing_in(actor, organization, admitted))
    }

    fn of_session(&self, digest: &Digest, wanted: Option<OrganizationId>, now: DateTime<Utc>) -> Option<Standing> {
        let session = self.found.sessions.get(digest)?;
        if session.expires_at <= now {
            return None;
        }
        let person = self.found.people.get(&session.user)?;
        let is_member = |id: &OrganizationId| role_in(person, Some(*id)).is_some();
        self.of_person(session.user, wanted.or(session.organization.filter(is_member)))
    }

    fn of_person(&self, user: UserId, wanted: Option<OrganizationId>) -> Option<Standing> {
        let person = self.found.people.get(&user)?;
        let there = role_in(person, wanted);
        let is_there = wanted.is_some_and(|id| self.found.organizations.contains_key(&id));
        let of_platform = person.platform_role == Some(Role::PlatformAdmin) && is_there;
        let admitted = wanted.is_none() || there.is_some() || of_platform;
        let role = there.or(person.platform_role).unwrap_or(Role::Member);
        let actor = Actor::new(format!("user:{user}"), role).with_person(user);
        Some(self.standing_in(actor, wanted, admitted))
    }

    fn standing_in(&self, actor: Actor, organization: Option<OrganizationId>, admitted: bool) -> Standing {
        match organization.and_then(|id| self.found.organizations.get(&id)) {
            Some(found) => Standing::new(actor, Some(found.tenant.clone()), &found.settings, admitted),
            None => Standing::new(actor, None, &Default::default(), admitted),
        }
    }
}

fn role_in(person: &Person, organization: Option<OrganizationId>) -> Option<Role> {
    let mut memberships = person.memberships.iter();
    memberships
        .find(|(id, _)| Some(*id) == organization)
        .map(|(_, role)| *role)
}
