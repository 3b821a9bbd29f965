"""Objects: bodies that attract each other, as classes with operators and properties."""

import time


class Vector:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    @property
    def square(self):
        return self.x * self.x + self.y * self.y + self.z * self.z


class Body:
    def __init__(self, mass, place, speed):
        self.mass = mass
        self.place = place
        self.speed = speed

    @property
    def momentum(self):
        return self.speed * self.mass

    def pull(self, other, step):
        away = other.place - self.place
        factor = step / (away.square**1.5 + 0.01)
        self.speed += away * (other.mass * factor)
        other.speed -= away * (self.mass * factor)

    def move(self, step):
        self.place += self.speed * step


class System:
    def __init__(self, bodies):
        self.bodies = bodies

    def advance(self, step):
        for i, body in enumerate(self.bodies):
            for other in self.bodies[i + 1 :]:
                body.pull(other, step)
        for body in self.bodies:
            body.move(step)

    @property
    def momentum(self):
        total = Vector(0.0, 0.0, 0.0)
        for body in self.bodies:
            total += body.momentum
        return total


start = time.process_time()
system = System([Body(1.0 + i, Vector(i, i * i, -i), Vector(0.0, 0.0, 0.0)) for i in range(5)])
for _ in range(4000):
    system.advance(0.001)
assert system.momentum.square < 1e-9
print(time.process_time() - start)
