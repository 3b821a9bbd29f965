//! A program of two units, a header, namespaces, templates and a part of a function that is seldom run.

use forkcov::object::Object;

use crate::support::{Workshop, functions, lines};

const HEADER: &str = "namespace shapes {
struct Shape {
  explicit Shape(int side) : side(side) {
  }
  virtual ~Shape() {
  }
  virtual int area() const;
  int side;
};
template <class T> T twice(T x) {
  return x + x;
}
}
";

const SHAPE: &str = "#include \"shape.h\"
extern \"C\" int puts(const char *);
namespace shapes {
__attribute__((cold)) static void refuse(int side) {
  if (side < -9)
    puts(\"bad\");
  puts(\"negative\");
}
int Shape::area() const {
  if (__builtin_expect(side < 0, 0)) {
    refuse(side);
    refuse(side + 1);
  }
  return twice(side) * side / 2;
}
}
";

const MAIN: &str = "#include \"shape.h\"
static int count(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += shapes::Shape(i).area();
  return sum;
}
int main(int argc, char **argv) {
  (void)argv;
  return count(argc) + (int)shapes::twice(0.25) ? 0 : 0;
}
";

/// Writes the sources, and compiles them to `main`; `None`, with the reason printed, when that cannot be
/// done.
pub fn build(compiler: &str, options: &[&str]) -> Option<Workshop> {
    let workshop = Workshop::new(&[("shape.h", HEADER), ("src/shape.cc", SHAPE), ("src/main.cc", MAIN)]);
    compile(&workshop, compiler, options).then_some(workshop)
}

/// Compiles the sources that `workshop` has to `main`, a unit at a time.
pub fn compile(workshop: &Workshop, compiler: &str, options: &[&str]) -> bool {
    let unit = |name: &str| {
        let (source, object) = (format!("src/{name}.cc"), format!("{name}.o"));
        let own = ["-I.", "-c", &source, "-o", &object];
        let options = options.iter().filter(|option| !option.starts_with("-Wl,"));
        workshop.run(compiler, &options.copied().chain(own).collect::<Vec<_>>())
    };
    unit("shape")
        && unit("main")
        && workshop.run(compiler, &[options, &["main.o", "shape.o", "-o", "main"]].concat())
}

/// Lines and functions that no compiler and no level can take away.
pub fn check(object: &Object) {
    assert!(lines(object, "shape.cc").is_superset(&[9, 10, 14].into()), "{object:?}");
    assert!(lines(object, "main.cc").is_superset(&[4, 5, 8].into()), "{object:?}");
    let functions = functions(object);
    for (name, file, line) in [("shapes::Shape::area() const", "shape.cc", 9), ("main", "main.cc", 8)] {
        assert!(functions.contains(&(name.into(), file.into(), line)), "{functions:?}");
    }
    assert_eq!(object.dropped.damaged_units, 0);
}
