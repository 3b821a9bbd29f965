//! Test frameworks that run many tests in one process: the functions by whose calls their tests are known.

mod functions;
mod memory;

pub use functions::FrameworkFunctions;

use crate::byte_text;
use crate::ptrace::Memory;

/// A test framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// pytest: it sets a variable of the environment for each phase of a test.
    Pytest,
    /// unittest of Python's standard library: the probe sees its tests.
    Unittest,
    /// GoogleTest, whose listeners are notified.
    Googletest,
    /// Catch2: it runs each test by one function, and notifies its reporters of the end.
    Catch2,
    /// doctest, whose reporters are notified.
    Doctest,
}

impl Framework {
    /// Its name for users.
    pub fn title(self) -> &'static str {
        match self {
            Self::Pytest => "pytest",
            Self::Unittest => "unittest",
            Self::Googletest => "GoogleTest",
            Self::Catch2 => "Catch2",
            Self::Doctest => "doctest",
        }
    }

    /// Is it compiled into the program?
    fn is_native(self) -> bool {
        matches!(self, Self::Googletest | Self::Catch2 | Self::Doctest)
    }
}

/// What the call of a function means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// setenv(3).
    SetVariable,
    /// putenv(3).
    PutVariable,
    /// unsetenv(3).
    UnsetVariable,
    /// The test of this `testing::TestInfo` begins.
    BeginTestInfo,
    /// The test of this `Catch::TestCase` begins, as the third argument.
    BeginTestCase,
    /// The test of this `Catch::TestCaseHandle` begins, as the third argument.
    BeginTestCaseHandle,
    /// The test of this `doctest::TestCaseData` begins.
    BeginTestCaseData,
    /// A test ends.
    End,
    /// The test of this `Catch::TestCaseStats` ends.
    EndTestCaseStats,
}

struct Function {
    framework: Framework,
    /// Its symbol, in which an asterisk stands for any name.
    symbol: &'static str,
    meaning: Meaning,
}

impl Function {
    const fn new(framework: Framework, symbol: &'static str, meaning: Meaning) -> Self {
        Self { framework, symbol, meaning }
    }

    fn has_name(&self, name: &str) -> bool {
        match self.symbol.split_once('*') {
            None => name == self.symbol,
            Some((start, end)) => name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        }
    }
}

/// The functions that are hooked. Hooks have their indices.
const FUNCTIONS: [Function; 10] = [
    Function::new(Framework::Pytest, "setenv", Meaning::SetVariable),
    Function::new(Framework::Pytest, "putenv", Meaning::PutVariable),
    Function::new(Framework::Pytest, "unsetenv", Meaning::UnsetVariable),
    Function::new(
        Framework::Googletest,
        "_ZN7testing8internal17TestEventRepeater11OnTestStartERKNS_8TestInfoE",
        Meaning::BeginTestInfo,
    ),
    Function::new(
        Framework::Googletest,
        "_ZN7testing8internal17TestEventRepeater9OnTestEndERKNS_8TestInfoE",
        Meaning::End,
    ),
    // Catch2 2.x.
    Function::new(Framework::Catch2, "_ZN5Catch10RunContext7runTestERKNS_8TestCaseE", Meaning::BeginTestCase),
    // Catch2 3.x.
    Function::new(
        Framework::Catch2,
        "_ZN5Catch10RunContext7runTestERKNS_14TestCaseHandleE",
        Meaning::BeginTestCaseHandle,
    ),
    Function::new(
        Framework::Catch2,
        "_ZN5Catch*13testCaseEndedERKNS_13TestCaseStatsE",
        Meaning::EndTestCaseStats,
    ),
    Function::new(
        Framework::Doctest,
        "_ZN7doctest12_GLOBAL__N_1*15test_case_startERKNS_12TestCaseDataE",
        Meaning::BeginTestCaseData,
    ),
    Function::new(
        Framework::Doctest,
        "_ZN7doctest12_GLOBAL__N_1*13test_case_endERKNS_20CurrentTestCaseStatsE",
        Meaning::End,
    ),
];

/// The phases of a test of pytest, which follow its name.
const PYTEST_PHASES: [&[u8]; 3] = [b" (setup)", b" (call)", b" (teardown)"];

/// What a call changes.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    /// The test of this name begins.
    Begin(String),
    /// The test ends, if one has begun.
    End,
    /// The test of this name ends, if it is the one that runs.
    EndOf(String),
    /// A test of this framework begins, whose name cannot be read.
    Unreadable(Framework),
}

/// What the call of the function with this index, and these arguments, changes. `None` if it changes nothing.
pub(super) fn change(function: usize, arguments: [u64; 3], memory: &Memory) -> Option<Change> {
    let &Function { framework, meaning, .. } = FUNCTIONS.get(function)?;
    let [first, second, third] = arguments;
    let name = match meaning {
        Meaning::SetVariable => memory::is_variable(first, memory).then(|| memory::string(second, memory))?,
        Meaning::PutVariable => memory::string(memory::assignment(first, memory)?, memory),
        Meaning::UnsetVariable => return memory::is_variable(first, memory).then_some(Change::End),
        Meaning::BeginTestInfo => memory::test_info(second, memory),
        Meaning::BeginTestCase => memory::cxx_string(third, memory),
        Meaning::BeginTestCaseHandle => memory::test_case_handle(third, memory),
        Meaning::BeginTestCaseData => memory::test_case_data(second, memory),
        Meaning::End => return Some(Change::End),
        Meaning::EndTestCaseStats => {
            return memory::test_case_stats(second, memory).map(|name| Change::EndOf(encoded(&name)));
        }
    };
    Some(begin(framework, name.as_deref()))
}

/// What it changes that the probe of a runtime has seen the test of this name begin, or end if that is empty.
pub(super) fn change_by_probe(address: u64, length: u64, memory: &Memory) -> Change {
    match (length, memory::text(address, length, memory)) {
        (0, _) => Change::End,
        (_, name) => begin(Framework::Unittest, name.as_deref()),
    }
}

/// The name of a test that the probe of a runtime has in this memory.
pub(super) fn name_by_probe(address: u64, length: u64, memory: &Memory) -> Option<String> {
    memory::text(address, length, memory).filter(|name| !name.is_empty()).map(|name| encoded(&name))
}

fn begin(framework: Framework, name: Option<&[u8]>) -> Change {
    let Some(name) = name else { return Change::Unreadable(framework) };
    if framework != Framework::Pytest {
        return if name.is_empty() { Change::Unreadable(framework) } else { Change::Begin(encoded(name)) };
    }
    match PYTEST_PHASES.iter().find_map(|phase| name.strip_suffix(*phase)).unwrap_or(name) {
        [] if name.is_empty() => Change::End,
        [] => Change::Unreadable(framework),
        name => Change::Begin(encoded(name)),
    }
}

fn encoded(name: &[u8]) -> String {
    byte_text::encode(name).into_owned()
}
