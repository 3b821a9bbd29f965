//! Where instructions begin: a breakpoint inside an instruction would change it into another one.

use iced_x86::{Decoder, DecoderOptions, Instruction};

use crate::elf::Region;
use crate::elf::Symbol;

/// Walks the instructions of a region upwards from the beginning of one.
pub(crate) struct InstructionWalk<'r> {
    decoder: Decoder<'r>,
    region: Region<'r>,
    instruction: Instruction,
    /// The function symbols above the current instruction. At each an instruction begins, whatever the
    /// bytes before it (data or padding) decode to.
    symbols: &'r [Symbol],
    last: Option<(u64, Option<u8>)>,
}

impl<'r> InstructionWalk<'r> {
    /// Begins at `start`, which is in `region`. `symbols` ascend.
    pub(crate) fn new(region: &Region<'r>, symbols: &'r [Symbol], start: u64) -> Self {
        let next = symbols.partition_point(|symbol| symbol.address <= start);
        let mut walk = Self {
            decoder: Decoder::with_ip(64, region.bytes, region.start, DecoderOptions::NONE),
            region: *region,
            instruction: Instruction::default(),
            symbols: &symbols[next..],
            last: None,
        };
        walk.go_to(start);
        walk
    }

    /// The length in bytes of the instruction that begins at `address`; `None` if none does. Addresses
    /// must not descend from call to call.
    pub(crate) fn length_at(&mut self, address: u64) -> Option<u8> {
        if let Some((last, answer)) = self.last
            && last == address
        {
            return answer;
        }
        let answer = self.seek(address);
        self.last = Some((address, answer));
        answer
    }

    fn seek(&mut self, address: u64) -> Option<u8> {
        while self.decoder.can_decode() && self.decoder.ip() <= address {
            let here = self.decoder.ip();
            self.decoder.decode_out(&mut self.instruction);
            let length = (!self.instruction.is_invalid()).then_some(self.instruction.len() as u8);
            while let [first, rest @ ..] = self.symbols
                && first.address <= here
            {
                self.symbols = rest;
            }
            let symbol = self.symbols.first().map(|symbol| symbol.address);
            // Bytes that run into a function are not an instruction.
            let length = length.filter(|_| symbol.is_none_or(|symbol| self.decoder.ip() <= symbol));
            match (length, symbol) {
                (Some(_), _) => {}
                // Data, or an instruction that the decoder does not know. Decoding restarts at the next
                // address at which an instruction is known to begin.
                (None, Some(symbol)) if symbol <= address.max(here + 1) => self.go_to(symbol),
                (None, _) => self.go_to(address.max(here + 1)),
            }
            if here == address {
                return length;
            }
        }
        None
    }

    fn go_to(&mut self, address: u64) {
        let position = (address - self.region.start) as usize;
        let position = position.min(self.region.bytes.len());
        self.decoder.set_position(position).expect("a position within the bytes");
        self.decoder.set_ip(self.region.start + position as u64);
    }
}
