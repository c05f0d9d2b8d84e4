//! Parts of the service that a process runs.

use clap::ValueEnum;

/// Part of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServicePart {
    Api,
    Worker,
    Scheduler,
    Listener,
}

impl ServicePart {
    const ALL: [Self; 4] = [Self::Api, Self::Worker, Self::Scheduler, Self::Listener];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
            Self::Listener => "listener",
        }
    }
}

/// The parts of one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceParts {
    parts: Vec<ServicePart>,
    /// Started by `up`, which migrates the database.
    is_up: bool,
}

impl ServiceParts {
    /// One part, on a database that others may be using.
    pub(crate) fn one(part: ServicePart) -> Self {
        Self {
            parts: vec![part],
            is_up: false,
        }
    }

    /// These parts, or all, on a database that is migrated first.
    pub(crate) fn up(only: &[ServicePart]) -> Self {
        let is_wanted = |part: &ServicePart| only.is_empty() || only.contains(part);
        Self {
            parts: ServicePart::ALL.into_iter().filter(is_wanted).collect(),
            is_up: true,
        }
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.is_up
    }

    pub(crate) fn is_all(&self) -> bool {
        self.parts.len() == ServicePart::ALL.len()
    }

    pub(crate) fn runs(&self, part: ServicePart) -> bool {
        self.parts.contains(&part)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ServicePart> {
        self.parts.iter().copied()
    }

    /// Leaves a part out.
    pub(crate) fn remove(&mut self, part: ServicePart) {
        self.parts.retain(|other| *other != part);
    }

    /// Name of the process in its logs: of the command that starts it.
    pub(crate) fn name(&self) -> &'static str {
        match &*self.parts {
            [part] if !self.is_up => part.name(),
            _ => "up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_runs_all_parts_or_those_that_are_named() {
        let all = ServiceParts::up(&[]);
        assert!(all.is_all() && all.is_up() && all.name() == "up");
        let some = ServiceParts::up(&[ServicePart::Scheduler, ServicePart::Api]);
        let names: Vec<_> = some.iter().map(ServicePart::name).collect();
        assert_eq!(names, ["api", "scheduler"]);
        assert_eq!(ServiceParts::one(ServicePart::Worker).name(), "worker");
    }
}
