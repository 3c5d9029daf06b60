//! Who acts: the person or machine behind a request, and what it may do. By default, nothing.
//!
//! A permission follows from the role ([`granted`]), from what the organisation configures ([`Acl`]) and from what it
//! has ([`Feature`], tier). [`Rights::decide`] says yes or no and always why.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::vocab::terms::{Feature, Permission, Role, SubscriptionTier};
use crate::vocab::{OrganizationId, ProviderId, ProviderUserId, UserId};

/// Somebody whose token or session has been checked. The store opens transactions for actors only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What is written to history and audit: `token:ops`, `cli`, `import:nppes`, `user:<id>`, `link:<id>`.
    pub name: String,
    /// The tenant whose rows the transaction may see, if any.
    pub organization_id: Option<OrganizationId>,
    /// What the actor may do.
    pub role: Role,
    /// The person, if it is one with an account.
    pub user_id: Option<UserId>,
    /// The person at an outside provider, if it is one.
    pub provider_user_id: Option<ProviderUserId>,
    /// The one listing whose update link the actor holds, if it holds one: to confirm it, and to propose corrections.
    pub listing: Option<ProviderId>,
    /// What a machine's token is limited to; empty: nothing beyond its role.
    pub scopes: Vec<String>,
}

impl Actor {
    /// Somebody without a tenant.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            organization_id: None,
            role,
            user_id: None,
            provider_user_id: None,
            listing: None,
            scopes: Vec::new(),
        }
    }

    /// Whoever holds this update link: nobody in particular, but for one listing.
    pub fn of_link(link: impl std::fmt::Display, listing: ProviderId) -> Self {
        Self {
            listing: Some(listing),
            ..Self::new(format!("link:{link}"), Role::Anonymous)
        }
    }

    /// The same, within a tenant.
    #[must_use]
    pub fn within(mut self, organization: OrganizationId) -> Self {
        self.organization_id = Some(organization);
        self
    }

    /// The same, as a person with an account.
    #[must_use]
    pub fn with_person(mut self, user: UserId) -> Self {
        self.user_id = Some(user);
        self
    }
}

/// Roles that a person can have in an organisation.
pub const MEMBER_ROLES: [Role; 5] = [
    Role::OrganizationAdmin,
    Role::Reviewer,
    Role::Practitioner,
    Role::Employer,
    Role::Member,
];

/// What a role may do before its organisation says anything else. A service has what everybody has and what its scopes name.
pub fn granted(role: Role) -> &'static [Permission] {
    use Permission as P;
    match role {
        Role::ProviderUser => &[],
        Role::Service => FOR_EVERYBODY,
        Role::Anonymous => &[P::NetworkCheck, P::ProvidersMatch, P::ProvidersExtract, P::EventsRead],
        Role::Member => &[
            P::OrganizationRead,
            P::ClinicsRead,
            P::PractitionersRead,
            P::SchedulesRead,
            P::AppointmentsRead,
            P::AppointmentsWrite,
            P::NetworkCheck,
            P::ProvidersMatch,
            P::ProvidersExtract,
            P::EventsRead,
        ],
        Role::Employer => &[
            P::OrganizationRead,
            P::NetworkCheck,
            P::ProvidersMatch,
            P::ProvidersExtract,
            P::ReportsRead,
            P::EventsRead,
        ],
        Role::Practitioner => &[
            P::OrganizationRead,
            P::ClinicsRead,
            P::PractitionersRead,
            P::SchedulesRead,
            P::SchedulesWrite,
            P::AppointmentsRead,
            P::AppointmentsWrite,
            P::NetworkCheck,
            P::CredentialingSubmit,
            P::ProvidersMatch,
            P::ProvidersExtract,
            P::EventsRead,
        ],
        Role::Reviewer => &[
            P::OrganizationRead,
            P::MembersRead,
            P::PractitionersRead,
            P::NetworkCheck,
            P::CredentialingRead,
            P::CredentialingSubmit,
            P::CredentialingReview,
            P::ProvidersMatch,
            P::ProvidersExtract,
            P::EventsRead,
        ],
        Role::OrganizationAdmin => OF_ADMINISTRATORS,
        Role::PlatformAdmin => OF_PLATFORM,
        Role::Import => &[
            P::NetworkCheck,
            P::CredentialingSubmit,
            P::ProvidersWrite,
            P::ProvidersMatch,
            P::ProvidersExtract,
            P::EventsRead,
        ],
    }
}

/// What nobody has to show anything for, and no scope is needed for. A machine's network checks are counted against its payer,
/// so they need theirs.
const FOR_EVERYBODY: &[Permission] = &[
    Permission::ProvidersMatch,
    Permission::ProvidersExtract,
    Permission::EventsRead,
];

/// What an agency's cases take: for its own people and machines, not for those who run the platform.
const OF_AGENCIES: [Permission; 4] = [
    Permission::CasesRead,
    Permission::CasesWrite,
    Permission::SharesWrite,
    Permission::ProviderUsersWrite,
];

/// All but what is an agency's own.
const OF_PLATFORM: &[Permission] = &{
    let mut rest = [Permission::PlatformAdminister; Permission::ALL.len() - OF_AGENCIES.len()];
    let (mut n, mut kept) = (0, 0);
    while n < Permission::ALL.len() {
        if !matches!(
            Permission::ALL[n],
            Permission::CasesRead | Permission::CasesWrite | Permission::SharesWrite | Permission::ProviderUsersWrite
        ) {
            rest[kept] = Permission::ALL[n];
            kept += 1;
        }
        n += 1;
    }
    rest
};

/// The scope of a machine that does everything about an agency's cases and network.
pub const SCOPE_CASES: &str = "cases";

/// Whether a scope is for anything.
pub fn is_scope(scope: &str) -> bool {
    Permission::ALL.iter().any(|permission| covers(scope, *permission))
}

/// Whether a scope of a machine's token is for this. A scope is a permission's word, or [`SCOPE_CASES`] for all that an agency
/// does, its own providers included.
fn covers(scope: &str, permission: Permission) -> bool {
    scope == permission.code()
        || scope == SCOPE_CASES && (OF_AGENCIES.contains(&permission) || permission == Permission::ProvidersWrite)
}

/// All but what is the platform's.
const OF_ADMINISTRATORS: &[Permission] = {
    let (last, rest) = Permission::ALL.split_last().expect("there are some");
    assert!(matches!(last, Permission::PlatformAdminister));
    rest
};

/// Permissions that no configuration can give or take: with them one could give oneself all others, or lock everybody out.
const FIXED: [Permission; 6] = [
    Permission::OrganizationWrite,
    Permission::OrganizationExport,
    Permission::MembersWrite,
    Permission::ConfigurationWrite,
    Permission::AuditRead,
    Permission::PlatformAdminister,
];

/// Whether an organisation may give or take this permission by its configuration.
pub fn is_configurable(permission: Permission) -> bool {
    !FIXED.contains(&permission)
}

/// The part of the product that a permission belongs to, if it is one that can be missing.
pub fn feature_of(permission: Permission) -> Option<Feature> {
    use Permission as P;
    match permission {
        P::PractitionersRead
        | P::PractitionersWrite
        | P::SchedulesRead
        | P::SchedulesWrite
        | P::AppointmentsRead
        | P::AppointmentsWrite => Some(Feature::Scheduling),
        P::CasesRead | P::CasesWrite | P::SharesWrite | P::ProviderUsersWrite => Some(Feature::Cases),
        P::StatisticsRead => Some(Feature::Statistics),
        P::OrganizationDescend => Some(Feature::Hierarchy),
        P::OrganizationExport => Some(Feature::TenantExport),
        _ => None,
    }
}

/// The lowest tier that has a feature.
pub fn tier_of(feature: Feature) -> SubscriptionTier {
    match feature {
        Feature::Scheduling | Feature::Cases | Feature::Statistics => SubscriptionTier::Basic,
        Feature::Hierarchy | Feature::CustomPermissions => SubscriptionTier::Professional,
        Feature::TenantExport => SubscriptionTier::Enterprise,
    }
}

/// Who may do what beyond or below their role, as an organisation configures it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Acl {
    /// By role: `member`, `practitioner`, ...
    pub roles: BTreeMap<String, RoleRules>,
}

/// What a role may do more, and less. What is denied stays denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleRules {
    /// Given beyond the role.
    pub allow: BTreeSet<Permission>,
    /// Taken from the role.
    pub deny: BTreeSet<Permission>,
}

/// What an organisation has and configures, as far as permissions follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it pays for.
    pub tier: SubscriptionTier,
    /// What it has switched off.
    pub switched_off: BTreeSet<Feature>,
    /// Its own rules.
    pub acl: Acl,
}

/// Everything that a decision about somebody rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// What they are.
    pub role: Role,
    /// What a machine is limited to.
    pub scopes: Vec<String>,
    /// The organisation that they act for, if any.
    pub terms: Option<Terms>,
}

/// A yes or no, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decision {
    /// What was asked.
    pub permission: Permission,
    /// The answer.
    pub allowed: bool,
    /// The stable word of the reason.
    pub code: &'static str,
    /// The reason in a sentence.
    pub because: String,
}

impl Rights {
    /// Whether they are nothing on the platform and act for no organisation: what they are in theirs counts there.
    pub fn is_nowhere(&self) -> bool {
        self.role == Role::Member && self.terms.is_none()
    }

    /// Whether they may, and why or why not. The first rule that says something decides: what the organisation has, what it
    /// denies, what it allows, the role.
    pub fn decide(&self, permission: Permission) -> Decision {
        let role = self.role;
        let told = |allowed, code, because: String| Decision {
            permission,
            allowed,
            code,
            because,
        };
        if let Some((code, because)) = self.missing(permission) {
            return told(false, code, because);
        }
        if role == Role::Service && !FOR_EVERYBODY.contains(&permission) {
            let named = self.scopes.iter().any(|scope| covers(scope, permission));
            return if named {
                told(true, "scope", format!("the token has the scope `{permission}`"))
            } else {
                told(false, "scope", format!("the token lacks the scope `{permission}`"))
            };
        }
        let rules = self.terms.as_ref().and_then(|terms| terms.acl.roles.get(role.code()));
        if let Some(rules) = rules.filter(|_| is_configurable(permission) && role != Role::PlatformAdmin) {
            if rules.deny.contains(&permission) {
                let because = format!("the organisation's configuration takes `{permission}` from the role `{role}`");
                return told(false, "configured", because);
            }
            if rules.allow.contains(&permission) {
                let because = format!("the organisation's configuration gives `{permission}` to the role `{role}`");
                return told(true, "configured", because);
            }
        }
        if self.is_nowhere() && !granted(Role::Anonymous).contains(&permission) {
            let because = "no organisation is named to act for: name one of yours in the header `X-Organization-Id`";
            return told(false, "no_organization", because.to_owned());
        }
        if granted(role).contains(&permission) {
            return told(true, "role", format!("the role `{role}` has `{permission}`"));
        }
        let have = Role::ALL.iter().filter(|other| granted(**other).contains(&permission));
        let have = have.map(|other| other.code()).collect::<Vec<_>>().join(", ");
        let because = format!("the role `{role}` does not have `{permission}`; these have: {have}");
        told(false, "role", because)
    }

    /// Whether they may.
    pub fn may(&self, permission: Permission) -> bool {
        self.decide(permission).allowed
    }

    /// Everything that they may.
    pub fn permissions(&self) -> Vec<Permission> {
        let all = Permission::ALL.iter().copied();
        all.filter(|permission| self.may(*permission)).collect()
    }

    /// Whether a part of the product is there, by tier and switch. Without an organisation, none is.
    pub fn has(&self, feature: Feature) -> bool {
        let has = |terms: &Terms| terms.tier >= tier_of(feature) && !terms.switched_off.contains(&feature);
        self.terms.as_ref().is_some_and(has)
    }

    /// Why the part of the product that a permission belongs to is not there.
    fn missing(&self, permission: Permission) -> Option<(&'static str, String)> {
        let feature = feature_of(permission)?;
        let terms = self.terms.as_ref()?;
        let needed = tier_of(feature);
        if terms.tier < needed {
            let tier = terms.tier;
            let because = format!("`{feature}` comes with the tier `{needed}`; the organisation has `{tier}`");
            return Some(("tier_required", because));
        }
        let off = terms.switched_off.contains(&feature);
        off.then(|| ("feature_off", format!("the organisation has switched `{feature}` off")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(role: Role, tier: SubscriptionTier) -> Rights {
        Rights {
            role,
            scopes: Vec::new(),
            terms: Some(Terms {
                tier,
                switched_off: BTreeSet::new(),
                acl: Acl::default(),
            }),
        }
    }

    /// The matrix that the product promises: a change of it is seen in review.
    #[test]
    fn feature_5_15_what_each_role_may_is_written_down() {
        let mut matrix = String::new();
        for permission in Permission::ALL {
            let may = Role::ALL.iter().map(
                |role| match rights(*role, SubscriptionTier::Enterprise).may(*permission) {
                    true => 'x',
                    false => '.',
                },
            );
            matrix.push_str(&format!("{:<22} {}\n", permission.code(), may.collect::<String>()));
        }
        let roles = Role::ALL.iter().map(|role| role.code()).collect::<Vec<_>>().join(" ");
        insta::assert_snapshot!(format!("{roles}\n{matrix}"));
    }

    #[test]
    fn a_configuration_gives_and_takes_but_never_the_keys_of_the_house() {
        let mut member = rights(Role::Member, SubscriptionTier::Professional);
        let rules = RoleRules {
            allow: [
                Permission::StatisticsRead,
                Permission::MembersWrite,
                Permission::ClinicsRead,
            ]
            .into(),
            deny: [Permission::AppointmentsWrite, Permission::ClinicsRead].into(),
        };
        member
            .terms
            .as_mut()
            .expect("terms")
            .acl
            .roles
            .insert("member".to_owned(), rules);
        assert_eq!(member.decide(Permission::StatisticsRead).code, "configured");
        assert!(member.may(Permission::StatisticsRead));
        assert!(!member.may(Permission::AppointmentsWrite), "taken");
        assert!(!member.may(Permission::ClinicsRead), "what is denied stays denied");
        assert!(!member.may(Permission::MembersWrite), "not to be given");
        assert!(rights(Role::Member, SubscriptionTier::Basic).may(Permission::AppointmentsWrite));
    }

    #[test]
    fn a_no_says_why() {
        let because = |rights: &Rights, permission| {
            let decision = rights.decide(permission);
            assert!(!decision.allowed);
            (decision.code, decision.because)
        };
        let admin = rights(Role::OrganizationAdmin, SubscriptionTier::Basic);
        assert_eq!(because(&admin, Permission::OrganizationExport).0, "tier_required");
        let mut off = rights(Role::OrganizationAdmin, SubscriptionTier::Enterprise);
        off.terms.as_mut().expect("terms").switched_off.insert(Feature::Cases);
        assert_eq!(because(&off, Permission::CasesRead).0, "feature_off");
        let (code, words) = because(&rights(Role::Member, SubscriptionTier::Basic), Permission::CasesRead);
        assert_eq!(code, "role");
        assert!(words.ends_with("these have: organization_admin"), "{words}");
        let mut service = rights(Role::Service, SubscriptionTier::Basic);
        assert_eq!(because(&service, Permission::NetworkCheck).0, "scope");
        service.scopes.push("network:check".to_owned());
        assert!(service.may(Permission::NetworkCheck));
        assert!(!service.may(Permission::CasesWrite));
        service.scopes = vec![SCOPE_CASES.to_owned()];
        assert!(OF_AGENCIES.iter().all(|permission| service.may(*permission)));
        assert!(!service.may(Permission::NetworkCheck) && service.may(Permission::EventsRead));
    }
}
