/// x
#[derive(Debug, Clone, Default)]
pub struct NumberSet;
