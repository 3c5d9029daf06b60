//! Who was in which network on a day, and what that means for a claim: the decision table as a pure function.
//!
//! | provider on the date of service | plan | answer | paid from | member's share | claim |
//! |---|---|---|---|---|---|
//! | ACTIVE, takes part in a network of the plan | any | IN_NETWORK | CONTRACTED | IN_NETWORK | PAY |
//! | INACTIVE, or takes part in none | out-of-network PAY | OUT_OF_NETWORK | UCR | OUT_OF_NETWORK | PAY |
//! | the same | out-of-network DENY | OUT_OF_NETWORK | NONE | PER_PLAN | DENY |
//! | PENDING | pending HOLD | PENDING | UNDECIDED | UNDECIDED | PENDING_INFO |
//! | PENDING | pending OON | as the second or third row | | | |
//! | PENDING | pending DENY | OUT_OF_NETWORK | NONE | PER_PLAN | DENY |
//! | not known | by the out-of-network policy | UNKNOWN_PROVIDER | UCR or NONE | OUT_OF_NETWORK or PER_PLAN | PAY or DENY |
//! | the plan's networks name nobody at all | any | NO_DATA | UNDECIDED | UNDECIDED | PENDING_INFO |
//! | was listed as in network on the day that the member relied on | any | as found | as found | IN_NETWORK | PAY |
//!
//! Days: the first and the last day of a participation belong to it. A change of status counts for the whole day (UTC)
//! on which it happened. Under HOLD, a day that was PENDING counts as what the credentialing ended with, once it has:
//! the held claim waited for that; a request that was rejected, with no other one open, counts as outside. Whether the network took part by then is said by the participation's own dates.

mod answer;
mod decide;
mod receipt;
mod timeline;

pub use answer::{
    AllowedBasis, Answer, CostShare, Decision, Disposition, InNetwork, Policies, Question, RULE_VERSION, Reason, Terms,
};
pub use decide::{Membership, decide, rely};
pub use receipt::{Statement, judge};
pub use timeline::{Change, Span, Timeline};

use serde::{Deserialize, Serialize};

use crate::domain::provider::Participation;

/// What was known of a provider at some time, as far as a decision needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where it stood on which days.
    pub timeline: Timeline,
    /// Participations on any day, in the order of network, first day and id.
    pub participations: Vec<Participation>,
    /// Taxonomies that it lists, sorted.
    pub taxonomies: Vec<String>,
}

impl Facts {
    /// The participations as a decision reads them.
    pub fn memberships(&self) -> Vec<Membership<'_>> {
        self.participations.iter().map(Membership::of).collect()
    }
}
