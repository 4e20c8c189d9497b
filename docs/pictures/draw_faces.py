"""Draws faces.png, the picture that the README's picture was made from: two people, one with a face mask. No photograph goes in.

    apt install python3-pil
    python3 docs/pictures/draw_faces.py docs/pictures/faces.png
    brink predict face_mask_detection.tflite docs/pictures/faces.png --output docs/pictures/faces_annotated.jpg
"""

import sys

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 360
WALL, FLOOR, SHIRT = (205, 215, 222), (170, 160, 150), (70, 90, 130)
MASK, FOLD, STRAP, LIPS, MOUTH = (150, 195, 220), (120, 165, 195), (235, 240, 245), (175, 70, 75), (120, 40, 45)


def darker(colour, factor):
    return tuple(int(channel * factor) for channel in colour)


class Person:
    """A head of half height `size` around (x, y) and the shoulders below; points are given in half widths and half heights."""

    def __init__(self, draw, x, y, size, skin, hair):
        self.draw, self.x, self.y, self.size, self.skin, self.hair = draw, x, y, size, skin, hair

    def points(self, points):
        return [(self.x + across * self.size * .74, self.y + down * self.size) for across, down in points]

    def ellipse(self, left, top, right, bottom, colour):
        self.draw.ellipse(self.points([(left, top), (right, bottom)]), fill=colour)

    def line(self, points, width, colour):
        self.draw.line(self.points(points), fill=colour, width=max(1, round(width * self.size)))

    def draw_head(self):
        self.ellipse(-1.18, -1.22, 1.18, .7, self.hair)
        self.draw.rectangle(self.points([(-.42, .7), (.42, 1.5)]), fill=darker(self.skin, .85))
        self.ellipse(-2, 1.25, 2, 3.2, SHIRT)
        self.ellipse(-1, -1, 1, 1, self.skin)
        self.draw.pieslice(self.points([(-1.08, -1.15), (1.08, .5)]), 185, 355, fill=self.hair)
        self.ellipse(-.86, -.62, .86, .9, self.skin)
        for x in (-.4, .4):
            self.ellipse(x - .19, -.195, x + .19, -.045, (250, 250, 250))
            self.ellipse(x - .085, -.2, x + .085, -.04, (50, 35, 25))
            self.line([(x - .24, -.32), (x, -.36), (x + .24, -.32)], .05, self.hair)

    def draw_nose_and_mouth(self):
        self.line([(-.02, -.1), (-.1, .26), (.1, .28)], .04, darker(self.skin, .72))
        self.ellipse(-.33, .45, .33, .6, LIPS)
        self.line([(-.33, .52), (.33, .52)], .02, MOUTH)

    def draw_mask(self):
        edge = [(-.8, .15), (0, .08), (.8, .15), (.66, .72), (.2, .93), (-.2, .93), (-.66, .72)]
        self.draw.polygon(self.points(edge), fill=MASK)
        for y in (.32, .48, .64):
            self.line([(-.62, y), (.62, y)], .025, FOLD)
        for side in (-1, 1):
            self.line([(side * .78, .17), (side * .98, -.05)], .03, STRAP)


def picture():
    image = Image.new("RGB", (WIDTH, HEIGHT), WALL)
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 230, WIDTH, HEIGHT], fill=FLOOR)
    masked = Person(draw, 180, 160, 85, skin=(224, 178, 148), hair=(60, 40, 30))
    masked.draw_head()
    masked.draw_mask()
    bare = Person(draw, 450, 160, 85, skin=(196, 140, 104), hair=(30, 25, 25))
    bare.draw_head()
    bare.draw_nose_and_mouth()
    light = Image.linear_gradient("L").rotate(90).resize(image.size).point(lambda grey: 200 + grey * 55 // 255)
    lit = ImageChops.multiply(image, Image.merge("RGB", [light] * 3))
    return lit.filter(ImageFilter.GaussianBlur(1.5))


if __name__ == "__main__":
    picture().save(sys.argv[1], optimize=True)
