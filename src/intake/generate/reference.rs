//! Four invented payers with twelve networks and twenty plans.

use uuid::Uuid;

use crate::domain::reference::{
    Days, Life, Network, OonPolicy, Organization, PendingPolicy, Plan, PlanNetwork, Reference,
};
use crate::vocab::{NetworkId, OrganizationId, PlanId};

/// The tier of a network that a plan's members pay less for.
pub(super) const PREFERRED: &str = "PREFERRED";

/// Every other tier of a network that has tiers.
pub(super) const STANDARD: &str = "STANDARD";

/// Names, and the states where its networks are dense (none: everywhere).
const PAYERS: &[(&str, &str, &[&str])] = &[
    ("Harbor National Health", "harbor-national", &[]),
    (
        "Tidewater Mutual",
        "tidewater-mutual",
        &[
            "ME", "NH", "VT", "MA", "RI", "CT", "NY", "NJ", "PA", "DE", "MD", "DC", "VA", "WV", "NC", "SC", "GA", "FL",
            "PR",
        ],
    ),
    (
        "Prairie Care Plans",
        "prairie-care",
        &[
            "OH", "MI", "IN", "IL", "WI", "MN", "IA", "MO", "KS", "NE", "SD", "ND", "KY", "TN", "AL", "MS", "AR", "LA",
            "OK", "TX",
        ],
    ),
    (
        "Sierra Pacific Benefit",
        "sierra-pacific",
        &[
            "MT", "WY", "CO", "NM", "AZ", "UT", "ID", "NV", "WA", "OR", "CA", "AK", "HI", "TX",
        ],
    ),
];

/// Per payer: the network's name, whether it has tiers, and in how many of 1,000 places it has a provider where the payer
/// is dense, and elsewhere.
pub(super) const NETWORKS: &[(&str, bool, u32, u32)] = &[
    ("Choice PPO", true, 480, 90),
    ("Select HMO", false, 260, 10),
    ("Community Medicaid", false, 220, 0),
];

/// Per payer: the plan's name, the numbers of its networks, whether only the preferred tier counts, its policies.
const PLANS: &[(&str, &[usize], bool, OonPolicy, PendingPolicy)] = &[
    ("Gold PPO", &[0], false, OonPolicy::Pay, PendingPolicy::Hold),
    ("Silver PPO Preferred", &[0], true, OonPolicy::Pay, PendingPolicy::Oon),
    ("Bronze HMO", &[1], false, OonPolicy::Deny, PendingPolicy::Deny),
    ("Flex", &[0, 1], false, OonPolicy::Pay, PendingPolicy::Hold),
    (
        "Medicaid Managed Care",
        &[2],
        false,
        OonPolicy::Deny,
        PendingPolicy::Hold,
    ),
];

/// How many networks there are.
pub const NETWORK_COUNT: usize = PAYERS.len() * NETWORKS.len();

/// The networks, plans and payers that synthetic providers take part in; always the same.
pub fn reference() -> Reference {
    let mut reference = Reference::default();
    for (payer, (name, slug, _)) in PAYERS.iter().enumerate() {
        let organization_id = OrganizationId(uuid(&format!("payer {payer}")));
        reference.organizations.push(Organization {
            id: organization_id,
            name: (*name).to_owned(),
            slug: (*slug).to_owned(),
            kind: "payer".to_owned(),
        });
        for (network, (title, ..)) in NETWORKS.iter().enumerate() {
            reference.networks.push(Network {
                id: network_id(payer * NETWORKS.len() + network),
                name: format!("{name} {title}"),
                organization_id,
                public: true,
                life: Life::default(),
            });
        }
        for (plan, (title, networks, preferred, oon_policy, pending_policy)) in PLANS.iter().enumerate() {
            let tier = preferred.then(|| PREFERRED.to_owned());
            let network = |n: &usize| PlanNetwork {
                network_id: network_id(payer * NETWORKS.len() + n),
                tier: tier.clone(),
                days: Days::default(),
            };
            reference.plans.push(Plan {
                id: PlanId(uuid(&format!("plan {payer} {plan}"))),
                code: format!("{}{:02}", slug[..4].to_ascii_uppercase(), plan + 1),
                name: format!("{name} {title}"),
                organization_id,
                networks: networks.iter().map(network).collect(),
                oon_policy: *oon_policy,
                pending_policy: *pending_policy,
                earlier_policies: Vec::new(),
                life: Life::default(),
            });
        }
    }
    reference.networks.sort_by_key(|n| n.id);
    reference.plans.sort_by_key(|p| p.id);
    reference.organizations.sort_by_key(|o| o.id);
    reference
}

/// The id of the network with this number, counted from zero.
pub fn network_id(number: usize) -> NetworkId {
    NetworkId(uuid(&format!("network {number}")))
}

/// In how many of 1,000 places of a state the network has a provider, and whether it has tiers.
pub(super) fn density(network: usize, state: &str) -> (u32, bool) {
    let (_, _, states) = PAYERS[network / NETWORKS.len()];
    let (_, tiers, dense, elsewhere) = NETWORKS[network % NETWORKS.len()];
    let here = states.is_empty() || states.contains(&state);
    (if here { dense } else { elsewhere }, tiers)
}

fn uuid(name: &str) -> Uuid {
    /// Names of this generator, drawn once.
    const NAMESPACE: Uuid = Uuid::from_u128(0x9d0c_4a56_4b0e_4d43_8f5b_6c1d_3e2a_7f10);
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}
