# expect: ok
# why: no two draws are the same, and none is that of the image
import os, random, secrets, tempfile, uuid
draws = [os.urandom(16).hex(), secrets.token_hex(16), str(uuid.uuid4()), str(uuid.uuid1()), random.randbytes(16).hex(), random.Random().randbytes(16).hex(), random.SystemRandom().randbytes(16).hex()]
assert len(set(draws)) == len(draws)
assert random.random() != random.Random(0).random()
