//! A Parquet file of one table.

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::sync::Arc;

/// Rows per row group: what a query reads or skips at once.
const GROUP_ROWS: usize = 1 << 20;

/// The schema of a table, as Parquet's message type.
pub(super) struct Schema {
    pub(super) name: &'static str,
    pub(super) message: &'static str,
    /// So many of the first columns sort the rows.
    pub(super) sorted_by: i32,
}

/// A value of a column.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Text(ByteArray),
    Int(i32),
    Long(i64),
    Null,
}

impl Cell {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn or_null<T>(value: Option<T>, cell: impl Fn(T) -> Self) -> Self {
        value.map_or(Self::Null, cell)
    }
}

/// A file that is being written.
pub(super) struct TableFile {
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    rows: usize,
}

/// The values of a column that are not written yet.
struct Column {
    values: Values,
    /// Of an optional column: 1 for each value, 0 for each null.
    levels: Option<Vec<i16>>,
}

enum Values {
    Text(Vec<ByteArray>),
    Int(Vec<i32>),
    Long(Vec<i64>),
}

impl TableFile {
    pub(super) fn create(file: File, schema: &Schema) -> Result<Self> {
        let types = Arc::new(parse_message_type(schema.message)?);
        let sorting = (0..schema.sorted_by).map(|column| SortingColumn {
            column_idx: column,
            descending: false,
            nulls_first: true,
        });
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_sorting_columns(Some(sorting.collect()))
            .set_created_by(concat!("forkcov ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let columns = types.get_fields().iter().map(|field| Column {
            values: Values::of(field.get_physical_type()),
            levels: field.is_optional().then(Vec::new),
        });
        let columns = columns.collect();
        let writer = SerializedFileWriter::new(file, types, Arc::new(properties))?;
        Ok(Self { writer, columns, rows: 0 })
    }

    /// Adds a row, which has a cell for each column.
    pub(super) fn add(&mut self, row: &[Cell]) -> Result<()> {
        debug_assert_eq!(row.len(), self.columns.len());
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.add(cell)?;
        }
        self.rows += 1;
        if self.rows == GROUP_ROWS { self.write_group() } else { Ok(()) }
    }

    fn write_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let mut writer =
                group.next_column()?.ok_or_else(|| ParquetError::General("too few columns".to_owned()))?;
            column.write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.writer.close().map(drop)
    }
}

impl Values {
    fn of(physical: parquet::basic::Type) -> Self {
        use parquet::basic::Type;
        match physical {
            Type::INT32 => Self::Int(Vec::new()),
            Type::INT64 => Self::Long(Vec::new()),
            _ => Self::Text(Vec::new()),
        }
    }
}

impl Column {
    fn add(&mut self, cell: &Cell) -> Result<()> {
        match (&mut self.values, cell) {
            (Values::Text(values), Cell::Text(text)) => values.push(text.clone()),
            (Values::Int(values), Cell::Int(number)) => values.push(*number),
            (Values::Long(values), Cell::Long(number)) => values.push(*number),
            (_, Cell::Null) if self.levels.is_some() => {}
            (_, cell) => return Err(ParquetError::General(format!("{cell:?} in a column of another type"))),
        }
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(!matches!(cell, Cell::Null)));
        }
        Ok(())
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let levels = self.levels.as_deref();
        match &mut self.values {
            Values::Text(values) => {
                writer.typed::<ByteArrayType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Int(values) => {
                writer.typed::<Int32Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Long(values) => {
                writer.typed::<Int64Type>().write_batch(values, levels, None)?;
                values.clear();
            }
        }
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
        Ok(())
    }
}
