#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    forkcov_fuzz_targets::runtime_log(bytes);
});
