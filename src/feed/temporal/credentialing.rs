//! What Temporal knows of credentialing: the workflow of a request, and the one activity by which it gets on.
//!
//! Temporal plays the workflow again from its history, so it decides by what it is told alone, and changes to the order of
//! what it asks for need a patch (`ctx.patched`). Names are written out: they are what histories call things.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, CancellableFuture, ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflows::select,
};
use uuid::Uuid;

use crate::feed::workflow::{self, Next};
use crate::store::Store;

/// After that a server that was asked counts as dead, and another one is.
const PATIENCE: Duration = Duration::from_secs(30);

/// One credentialing request.
#[workflow]
#[derive(Default)]
pub struct Credentialing {
    called: bool,
}

#[workflow_methods]
impl Credentialing {
    /// From the first call to the end of all that follows the decision.
    #[run(name = "credentialing")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, request: Uuid) -> WorkflowResult<()> {
        loop {
            ctx.state_mut(|known| known.called = false);
            let patience = ActivityOptions::start_to_close_timeout(PATIENCE);
            let next = ctx.execute_activity(Steps::advance, request, patience).await?;
            // Called meanwhile: what was answered may be out of date.
            if !ctx.state(|known| known.called) {
                match next {
                    Next::Nothing => return Ok(()),
                    Next::Call => ctx.wait_condition(|known| known.called).await?,
                    Next::After(milliseconds) => {
                        let mut due = ctx.timer(Duration::from_millis(milliseconds));
                        select! {
                            called = ctx.wait_condition(|known| known.called) => {
                                due.cancel();
                                called?;
                            }
                            _ = due => {}
                        }
                    }
                }
            }
            if ctx.continue_as_new_suggested() {
                ctx.continue_as_new(request, ContinueAsNewOptions::default())?;
            }
        }
    }

    /// Something was set on the clock.
    #[signal(name = "call")]
    pub fn call(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.called = true;
    }
}

/// What a server does for the workflows.
pub struct Steps {
    /// Where all is kept.
    pub store: Store,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
}

#[activities]
impl Steps {
    /// Does what is due for a request; what is to be waited for then.
    #[activity(name = "advance")]
    pub async fn advance(self: Arc<Self>, _ctx: ActivityContext, request: Uuid) -> Result<Next, ActivityError> {
        Ok(workflow::advance(&self.store, request.into(), (self.clock)()).await?)
    }
}
