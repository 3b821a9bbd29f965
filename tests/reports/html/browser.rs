//! A headless browser, controlled through chromedriver by <https://www.w3.org/TR/webdriver2/>.

use forkcov_testing::needs;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// A browser with one page.
pub struct Browser {
    driver: Child,
    session: String,
}

/// A window of a computer's width.
pub const WIDE: u32 = 1200;
/// That of a telephone.
pub const NARROW: u32 = 360;

impl Browser {
    /// Starts one; ends the test where there is no chromedriver.
    pub fn start(width: u32) -> Self {
        let mut command = needs::command("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver");
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines().map(Result::unwrap);
        let started = "started successfully on port ";
        let port = lines
            .filter_map(|line| Some(line.split_once(started)?.1.trim_end_matches('.').to_owned()))
            .next();
        let address = format!("http://127.0.0.1:{}/session", port.expect("chromedriver names its port"));
        // Root has no sandbox, and a container's /dev/shm is small.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            &format!("--window-size={width},900"),
        ];
        let mut options = json!({ "args": arguments });
        if width < WIDE {
            // No window is so narrow.
            let metrics = json!({ "width": width, "height": 700, "pixelRatio": 1, "touch": false });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let wanted = json!({ "goog:loggingPrefs": { "browser": "ALL" }, "goog:chromeOptions": options });
        let session = send(&address, &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let session = format!("{address}/{}", session["sessionId"].as_str().expect("a session"));
        // Data may still be on their way when something is clicked.
        send(&format!("{session}/timeouts"), &json!({ "implicit": 20_000 }));
        Self { driver, session }
    }

    /// Goes to a file, with what follows its name in the address.
    pub fn open(&self, path: &Path, after: &str) {
        self.send("url", json!({ "url": format!("file://{}{after}", path.display()) }));
    }

    /// What the body of a function gives.
    pub fn run(&self, script: &str) -> Value {
        self.send("execute/sync", json!({ "script": script, "args": [] }))
    }

    /// Clicks on the middle of an element, as one does by hand: it fails where another one lies over it.
    pub fn click(&self, selector: &str) {
        self.send(&format!("element/{}/click", self.element(selector)), json!({}));
    }

    /// Drags the mouse over an element, between two parts of its width in percent.
    pub fn drag(&self, selector: &str, from: i64, to: i64) {
        let element = self.run(&format!("return document.querySelector('{selector}')"));
        let width =
            self.run(&format!("return document.querySelector('{selector}').offsetWidth")).as_i64().unwrap();
        // The origin is the middle.
        let at = |percent: i64| width * (percent - 50) / 100;
        let go =
            |to: i64| json!({ "type": "pointerMove", "duration": 0, "x": to, "y": 0, "origin": element });
        let actions = json!([
            go(at(from)),
            { "type": "pointerDown", "button": 0 },
            go(at(to)),
            { "type": "pointerUp", "button": 0 },
        ]);
        self.send(
            "actions",
            json!({ "actions": [{ "type": "pointer", "id": "mouse", "actions": actions }] }),
        );
    }

    /// Types into what has the focus.
    pub fn keys(&self, text: &str) {
        let active = get(&format!("{}/element/active", self.session));
        self.send(&format!("element/{}/value", id(&active)), json!({ "text": text }));
    }

    /// The text of an element, as it is seen.
    pub fn text(&self, selector: &str) -> String {
        let text = get(&format!("{}/element/{}/text", self.session, self.element(selector)));
        text.as_str().unwrap().to_owned()
    }

    /// The texts of all that are seen of the elements.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(SELECTOR)].filter(e => e.checkVisibility()).map(e => e.textContent.trim())";
        let texts = self.run(&script.replace("SELECTOR", &json!(selector).to_string()));
        texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    /// What the browser has complained of since it was asked last.
    pub fn complaints(&self) -> Vec<Value> {
        self.send("se/log", json!({ "type": "browser" })).as_array().unwrap().clone()
    }

    fn element(&self, selector: &str) -> String {
        id(&self.send("element", json!({ "using": "css selector", "value": selector })))
    }

    fn send(&self, command: &str, body: Value) -> Value {
        send(&format!("{}/{command}", self.session), &body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = agent().delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn id(element: &Value) -> String {
    let (_, id) = element.as_object().and_then(|element| element.iter().next()).expect("an element");
    id.as_str().unwrap().to_owned()
}

fn send(address: &str, body: &Value) -> Value {
    value(address, agent().post(address).send_json(body))
}

fn get(address: &str) -> Value {
    value(address, agent().get(address).call())
}

/// The driver is on this machine, whatever proxy leads elsewhere; what it refuses it gives a reason for.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build().into()
}

fn value(address: &str, response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut response = response.unwrap_or_else(|error| panic!("{address}: {error}"));
    let answer: Value = response.body_mut().read_json().unwrap();
    assert!(response.status().is_success(), "{address}: {}", answer["value"]["message"]);
    answer["value"].clone()
}
