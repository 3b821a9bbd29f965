//! The service (a CI) on which a report is made, by the variables that each service documents.

use serde::Serialize;

/// What Coveralls wants to know of a job. What is unknown is left out.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The service.
    #[serde(rename = "service_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The build, which may have several jobs.
    #[serde(rename = "service_number", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The job.
    #[serde(rename = "service_job_id", skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// The number of the pull request.
    #[serde(rename = "service_pull_request", skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
    /// The branch; it belongs to the commit in the report.
    #[serde(skip)]
    pub branch: Option<String>,
    /// Whether other jobs of the build report as well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub parallel: bool,
    /// What the job is called among these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag_name: Option<String>,
}

/// A service, and the variables that tell of its jobs; of several, the first that is set.
struct Known {
    name: &'static str,
    /// Set on this service alone.
    sign: &'static str,
    number: &'static [&'static str],
    job_id: &'static [&'static str],
    pull_request: &'static [&'static str],
    branch: &'static [&'static str],
}

const KNOWN: [Known; 5] = [
    Known {
        name: "github",
        sign: "GITHUB_ACTIONS",
        number: &["GITHUB_RUN_ID"],
        job_id: &["GITHUB_JOB"],
        // refs/pull/17/merge
        pull_request: &["GITHUB_REF"],
        branch: &["GITHUB_HEAD_REF", "GITHUB_REF_NAME"],
    },
    Known {
        name: "gitlab-ci",
        sign: "GITLAB_CI",
        number: &["CI_PIPELINE_ID"],
        job_id: &["CI_JOB_ID"],
        pull_request: &["CI_MERGE_REQUEST_IID"],
        branch: &["CI_COMMIT_REF_NAME"],
    },
    Known {
        name: "circleci",
        sign: "CIRCLECI",
        number: &["CIRCLE_WORKFLOW_ID"],
        job_id: &["CIRCLE_BUILD_NUM"],
        // Its address.
        pull_request: &["CIRCLE_PULL_REQUEST"],
        branch: &["CIRCLE_BRANCH"],
    },
    Known {
        name: "travis-ci",
        sign: "TRAVIS",
        number: &["TRAVIS_BUILD_NUMBER"],
        job_id: &["TRAVIS_JOB_ID"],
        // Or "false".
        pull_request: &["TRAVIS_PULL_REQUEST"],
        branch: &["TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"],
    },
    Known {
        name: "jenkins",
        sign: "JENKINS_URL",
        number: &["BUILD_NUMBER"],
        job_id: &["BUILD_ID"],
        pull_request: &["CHANGE_ID"],
        branch: &["CHANGE_BRANCH", "BRANCH_NAME"],
    },
];

/// By what Coveralls documents for every other service.
const OTHER: Known = Known {
    name: "",
    sign: "",
    number: &["CI_BUILD_NUMBER"],
    job_id: &["CI_JOB_ID"],
    pull_request: &["CI_PULL_REQUEST"],
    branch: &["CI_BRANCH"],
};

impl Service {
    /// By the environment variables that `variable` looks up. Those that begin with `COVERALLS_` are the user's own, and win.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let known = KNOWN.iter().find(|known| variable(known.sign).is_some()).unwrap_or(&OTHER);
        let own = |name: &str| variable(&format!("COVERALLS_{name}"));
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
        let name =
            Some(known.name.to_owned()).filter(|name| !name.is_empty()).or_else(|| variable("CI_NAME"));
        Self {
            name: own("SERVICE_NAME").or(name),
            number: own("SERVICE_NUMBER").or_else(|| first(known.number)),
            job_id: own("SERVICE_JOB_ID").or_else(|| first(known.job_id)),
            pull_request: first(known.pull_request).and_then(|text| pull_request(&text)),
            branch: own("GIT_BRANCH").or_else(|| first(known.branch)),
            parallel: own("PARALLEL").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            flag_name: own("FLAG_NAME"),
        }
    }
}

/// The number in `17`, `refs/pull/17/merge` or `https://HOST/OWNER/NAME/pull/17`.
fn pull_request(text: &str) -> Option<String> {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = match text.strip_prefix("refs/") {
        Some(reference) => reference.strip_prefix("pull/")?.split('/').next(),
        None => text.rsplit('/').next(),
    };
    number.filter(is_number).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(variables: &[(&str, &str)]) -> Service {
        Service::of(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_service_is_known_by_its_sign() {
        let github = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", "88"),
            ("GITHUB_JOB", "test"),
            ("GITHUB_REF", "refs/pull/17/merge"),
            ("GITHUB_HEAD_REF", "fix"),
            ("GITHUB_REF_NAME", "17/merge"),
            ("CI_JOB_ID", "of another"),
        ];
        let expected = Service {
            name: some("github"),
            number: some("88"),
            job_id: some("test"),
            pull_request: some("17"),
            branch: some("fix"),
            ..Service::default()
        };
        assert_eq!(service(&github), expected);
        let pushed = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF", "refs/heads/17"), ("GITHUB_HEAD_REF", "")];
        assert_eq!(service(&pushed), Service { name: some("github"), ..Service::default() });
        assert_eq!(service(&[("TRAVIS", "1"), ("TRAVIS_PULL_REQUEST", "false")]).pull_request, None);
    }

    #[test]
    fn any_other_service_is_what_it_says() {
        let other = service(&[
            ("CI_NAME", "ours"),
            ("CI_BUILD_NUMBER", "3"),
            ("CI_PULL_REQUEST", "https://host.example/owner/name/pull/17"),
            ("CI_BRANCH", "main"),
        ]);
        let expected = Service {
            name: some("ours"),
            number: some("3"),
            pull_request: some("17"),
            branch: some("main"),
            ..Service::default()
        };
        assert_eq!(other, expected);
        assert_eq!(service(&[]), Service::default());
    }

    #[test]
    fn the_users_own_variables_win() {
        let own = [
            ("GITLAB_CI", "true"),
            ("CI_JOB_ID", "5"),
            ("COVERALLS_SERVICE_NAME", "gitlab-pro"),
            ("COVERALLS_SERVICE_JOB_ID", "6"),
            ("COVERALLS_PARALLEL", "True"),
            ("COVERALLS_FLAG_NAME", "unit"),
        ];
        let expected = Service {
            name: some("gitlab-pro"),
            job_id: some("6"),
            parallel: true,
            flag_name: some("unit"),
            ..Service::default()
        };
        assert_eq!(service(&own), expected);
    }
}
