//! The CI service on which forkcov runs, by the environment variables that each service documents.

use serde::Serialize;

/// The service and job fields of the Coveralls API. Unknown fields are left out.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The name of the service.
    #[serde(rename = "service_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The build, which may consist of several jobs.
    #[serde(rename = "service_number", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The job.
    #[serde(rename = "service_job_id", skip_serializing_if = "Option::is_none")]
    pub job_id: Option<String>,
    /// The number of the pull request.
    #[serde(rename = "service_pull_request", skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
    /// The branch; the report has it in its `git` object instead.
    #[serde(skip)]
    pub branch: Option<String>,
    /// Whether other jobs of the build send reports too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub parallel: bool,
    /// The name of the job among these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag_name: Option<String>,
}

/// A service, and the variables that describe its jobs. Of several variables, the first that is set is used.
struct ServiceVariables {
    name: &'static str,
    /// A variable that only this service sets.
    sign: &'static str,
    number: &'static [&'static str],
    job_id: &'static [&'static str],
    pull_request: &'static [&'static str],
    branch: &'static [&'static str],
}

const SERVICES: [ServiceVariables; 5] = [
    ServiceVariables {
        name: "github",
        sign: "GITHUB_ACTIONS",
        number: &["GITHUB_RUN_ID"],
        job_id: &["GITHUB_JOB"],
        // refs/pull/17/merge
        pull_request: &["GITHUB_REF"],
        branch: &["GITHUB_HEAD_REF", "GITHUB_REF_NAME"],
    },
    ServiceVariables {
        name: "gitlab-ci",
        sign: "GITLAB_CI",
        number: &["CI_PIPELINE_ID"],
        job_id: &["CI_JOB_ID"],
        pull_request: &["CI_MERGE_REQUEST_IID"],
        branch: &["CI_COMMIT_REF_NAME"],
    },
    ServiceVariables {
        name: "circleci",
        sign: "CIRCLECI",
        number: &["CIRCLE_WORKFLOW_ID"],
        job_id: &["CIRCLE_BUILD_NUM"],
        // The URL of the pull request.
        pull_request: &["CIRCLE_PULL_REQUEST"],
        branch: &["CIRCLE_BRANCH"],
    },
    ServiceVariables {
        name: "travis-ci",
        sign: "TRAVIS",
        number: &["TRAVIS_BUILD_NUMBER"],
        job_id: &["TRAVIS_JOB_ID"],
        // Or "false".
        pull_request: &["TRAVIS_PULL_REQUEST"],
        branch: &["TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"],
    },
    ServiceVariables {
        name: "jenkins",
        sign: "JENKINS_URL",
        number: &["BUILD_NUMBER"],
        job_id: &["BUILD_ID"],
        pull_request: &["CHANGE_ID"],
        branch: &["CHANGE_BRANCH", "BRANCH_NAME"],
    },
];

/// The variables that Coveralls documents for every other service.
const OTHER: ServiceVariables = ServiceVariables {
    name: "",
    sign: "",
    number: &["CI_BUILD_NUMBER"],
    job_id: &["CI_JOB_ID"],
    pull_request: &["CI_PULL_REQUEST"],
    branch: &["CI_BRANCH"],
};

impl Service {
    /// Reads the environment variables by `variable`. Those that begin with `COVERALLS_` are set by the user,
    /// and override those of the service.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let service = SERVICES.iter().find(|service| variable(service.sign).is_some()).unwrap_or(&OTHER);
        let set_by_user = |name: &str| variable(&format!("COVERALLS_{name}"));
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
        let name =
            Some(service.name.to_owned()).filter(|name| !name.is_empty()).or_else(|| variable("CI_NAME"));
        Self {
            name: set_by_user("SERVICE_NAME").or(name),
            number: set_by_user("SERVICE_NUMBER").or_else(|| first(service.number)),
            job_id: set_by_user("SERVICE_JOB_ID").or_else(|| first(service.job_id)),
            pull_request: first(service.pull_request).and_then(|text| pull_request(&text)),
            branch: set_by_user("GIT_BRANCH").or_else(|| first(service.branch)),
            parallel: set_by_user("PARALLEL").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            flag_name: set_by_user("FLAG_NAME"),
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
    fn a_service_is_recognised_by_its_own_variable() {
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
    fn any_other_service_is_described_by_the_generic_variables() {
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
    fn variables_of_the_user_override_those_of_the_service() {
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
