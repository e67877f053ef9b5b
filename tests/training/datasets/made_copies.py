"""Small copies of collections in their official layout, made of the portrait of scikit-image and of tones.

One function a collection: `made_NAME(root)` writes a good copy, `damage_NAME(root)` spoils some of it and
returns how many files or lines are damaged now.
"""

import csv
import pickle
from pathlib import Path

import av
import cv2
import h5py
import numpy as np

from emopoi.demo_clip import portrait
from emopoi.types.labels import EMOPOI8, FER7
from tests.training.voice.made_voices import as_wav, made_voice

RATE_HZ = 16_000


def face(side: int, seed: int = 0) -> np.ndarray:
    """uint8 (side, side, 3) RGB: the portrait's face, its brightness changed by `seed`."""
    crop = portrait()[20:260, 100:340]
    picture = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(picture.astype(int) + seed % 40 - 20, 0, 255).astype(np.uint8)


def write_picture(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    assert cv2.imwrite(str(path), content)


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_sound(path: Path, label: int, speaker: int, seconds: float = 0.5) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_wav(made_voice(label, speaker, 1, seconds), RATE_HZ))


def spoil(path: Path) -> None:
    """Cut a file to a few bytes that are of no format."""
    path.write_bytes(b"not what it was")


def points_of_portrait(side: int) -> dict[str, np.ndarray]:
    """Eyes and mouth of `face(side)`, found with the detector once: pixels."""
    scale = side / 240
    return {
        "right_eye": (np.array([203.3, 103.1]) - (100, 20)) * scale,
        "left_eye": (np.array([246.7, 104.8]) - (100, 20)) * scale,
        "mouth": (np.array([223.3, 151.0]) - (100, 20)) * scale,
    }


# FER2013 and FER+

FER_ROWS = [(usage, label) for usage in ("Training", "PublicTest", "PrivateTest") for label in range(7)]


def _fer_pixels(row: int) -> str:
    grey = np.random.default_rng(row).integers(0, 256, 48 * 48)
    return " ".join(map(str, grey))


def made_fer2013(root: Path, rows=FER_ROWS) -> None:
    lines = [f"{label},{_fer_pixels(row)},{usage}" for row, (usage, label) in enumerate(rows)]
    write_text(root / "fer2013.csv", "\n".join(["emotion,pixels,Usage", *lines]) + "\n")


def damage_fer2013(root: Path) -> int:
    lines = (root / "fer2013.csv").read_text().splitlines()
    lines[1] = lines[1].replace(" ", " x", 1)  # a pixel is no number
    lines[2] = "9" + lines[2][1:]  # no such emotion
    lines[8] = lines[8][:200] + ",PublicTest"  # too few pixels
    write_text(root / "fer2013.csv", "\n".join(lines) + "\n")
    return 3


def made_fer2013_folders(root: Path) -> None:
    for number, (usage, label) in enumerate(FER_ROWS):
        folder = "train" if usage == "Training" else "test"
        grey = np.random.default_rng(number).integers(0, 256, (48, 48)).astype(np.uint8)
        write_picture(root / folder / FER7[label] / f"{usage}_{number}.jpg", grey)


def damage_fer2013_folders(root: Path) -> int:
    spoil(root / "train" / "angry" / "Training_0.jpg")
    (root / "train" / "fear" / "Training_2.jpg").write_bytes(b"")
    write_picture(root / "test" / "sad" / "PublicTest_900.jpg", np.zeros((10, 10), np.uint8))
    return 3


def made_ferplus(root: Path) -> None:
    made_fer2013(root)
    header = [
        "Usage",
        "Image name",
        "neutral",
        "happiness",
        "surprise",
        "sadness",
        "anger",
        "disgust",
        "fear",
    ]
    rows = []
    for number, (usage, label) in enumerate(FER_ROWS):
        votes = [0] * 10
        votes[label] = 10
        rows.append([usage, f"fer{number:07d}.png", *votes])
    with (root / "fer2013new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*header, "contempt", "unknown", "NF"], *rows])


def damage_ferplus(root: Path) -> int:
    lines = (root / "fer2013new.csv").read_text().splitlines()
    lines[4] = lines[4].replace("10", "many")
    write_text(root / "fer2013new.csv", "\n".join(lines) + "\n")
    return damage_fer2013(root) + 1


# AffectNet and RAF-DB


def _landmarks(side: int) -> np.ndarray:
    """68 points of which those of eyes and mouth are right."""
    told = points_of_portrait(side)
    points = np.tile(np.mean(list(told.values()), axis=0), (68, 1))
    points[36:42], points[42:48] = told["right_eye"], told["left_eye"]
    points[48], points[54] = told["mouth"] - (8, 0), told["mouth"] + (8, 0)
    return points


def made_affectnet(root: Path) -> None:
    for folder, expressions in (("train_set", range(10)), ("val_set", range(8))):
        for number, expression in enumerate(expressions):
            seed = number + (20 if folder == "val_set" else 0)  # no picture is in both
            write_picture(root / folder / "images" / f"{number}.jpg", face(224, seed))
            notes = root / folder / "annotations"
            notes.mkdir(parents=True, exist_ok=True)
            np.save(notes / f"{number}_exp.npy", np.array(str(expression)))
            np.save(notes / f"{number}_val.npy", np.array("0.1"))
            np.save(notes / f"{number}_aro.npy", np.array("0.2"))
            np.save(notes / f"{number}_lnd.npy", _landmarks(224).reshape(-1))


def damage_affectnet(root: Path) -> int:
    spoil(root / "train_set" / "images" / "0.jpg")
    spoil(root / "train_set" / "annotations" / "1_exp.npy")
    spoil(root / "train_set" / "annotations" / "2_lnd.npy")
    return 3


def made_affectnet_lists(root: Path) -> None:
    """The older release: tables of file names."""
    points = ";".join(f"{value:.2f}" for value in _landmarks(224).reshape(-1))
    columns = ["subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "facial_landmarks"]
    for table, count in (("training.csv", 11), ("validation.csv", 8)):
        path = root / "Manually_Annotated_file_lists" / table
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*columns, "expression", "valence", "arousal"])
            for number in range(count):
                name = f"{number}/{table[:5]}{number}.jpg"
                writer.writerow([name, 0, 0, 224, 224, points, number, -2, -2])
                seed = number + (20 if table == "validation.csv" else 0)
                write_picture(root / "Manually_Annotated_Images" / name, face(224, seed))


def damage_affectnet_lists(root: Path) -> int:
    spoil(root / "Manually_Annotated_Images" / "0" / "train0.jpg")
    path = root / "Manually_Annotated_file_lists" / "training.csv"
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace(";", ";x", 1)
    write_text(path, "\n".join(lines) + "\n")
    return 2


def made_raf_db(root: Path) -> None:
    told = points_of_portrait(160)
    right, left, mouth = (told[name] for name in ("right_eye", "left_eye", "mouth"))
    lines = []
    for part, count, digits in (("train", 40, 5), ("test", 7, 4)):
        for number in range(1, count + 1):
            name = f"{part}_{number:0{digits}d}"
            lines.append(f"{name}.jpg {1 + number % 7}")
            if number % 7 == 3:  # only the aligned picture is there
                write_picture(root / "basic" / "Image" / "aligned" / f"{name}_aligned.jpg", face(100, number))
                continue
            write_picture(root / "basic" / "Image" / "original" / f"{name}.jpg", face(160, number))
            corner = np.array([8.0, 0.0])
            points = (right, left, (left + mouth) / 2, mouth - corner, mouth + corner)
            told_lines = [f"{x:.3f}\t{y:.3f}" for x, y in points] + ["1", "0", "2"]
            place = root / "basic" / "Annotation" / "manual" / f"{name}_manu_attri.txt"
            write_text(place, "\n".join(told_lines) + "\n")
    write_text(root / "basic" / "EmoLabel" / "list_patition_label.txt", "\n".join(lines) + "\n")


def damage_raf_db(root: Path) -> int:
    basic = root / "basic"
    spoil(basic / "Image" / "original" / "train_00001.jpg")
    write_text(basic / "Annotation" / "manual" / "train_00002_manu_attri.txt", "1 2\n3\n")
    with (basic / "EmoLabel" / "list_patition_label.txt").open("a") as file:
        file.write("train_09999.jpg 4\ntrain_00005.jpg nine\n")
    return 4


# EmoPOI and DAiSEE


def made_emopoi(root: Path) -> None:
    for state in EMOPOI8:
        for number, person in enumerate(("anna", "ben", "carl")):
            write_picture(root / "Images" / state / f"{person}~{number}.jpg", face(96, number))


def damage_emopoi(root: Path) -> int:
    spoil(root / "Images" / "Happy" / "anna~0.jpg")
    write_picture(root / "Images" / "Sad" / "anna~77.jpg", np.full((96, 96, 3), 90, np.uint8))  # no face
    return 2


def _write_video(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 128, "yuv420p"
        picture = np.full((128, 160, 3), 60, np.uint8)
        picture[:, 16:144] = face(128, seed)
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def made_daisee(root: Path) -> None:
    parts = {"Train": ("110001", "110002"), "Validation": ("400018",), "Test": ("500044",)}
    for part, persons in parts.items():
        lines = ["ClipID,Boredom,Engagement,Confusion,Frustration "]
        for person in persons:
            for number, level in enumerate((0, 3)):
                clip = f"{person}10{number}2"
                lines.append(f"{clip}.avi,{level},2,0,{3 - level}")
                _write_video(root / "DataSet" / part / person / clip / f"{clip}.avi", number)
        write_text(root / "Labels" / f"{part}Labels.csv", "\n".join(lines) + "\n")


def damage_daisee(root: Path) -> int:
    spoil(root / "DataSet" / "Train" / "110001" / "1100011002" / "1100011002.avi")
    with (root / "Labels" / "TrainLabels.csv").open("a") as file:
        file.write("1100019999.avi,0,0,0,7\n")
    with (root / "Labels" / "TestLabels.csv").open("a") as file:
        file.write("5000449999.avi,0,0,0,0\n")  # no such file
    return 3


# UTKFace, FairFace and Adience


def made_utkface(root: Path) -> None:
    for number in range(40):
        name = f"{number + 20}_{number % 2}_{number % 5}_201701161741{number:02d}000.jpg.chip.jpg"
        minute = f"2017011617{number:02d}"
        name = name.replace("201701161741", minute)
        write_picture(root / name, face(200, number))


def damage_utkface(root: Path) -> int:
    files = sorted(root.glob("*.jpg"))
    spoil(files[0])
    files[1].rename(root / "61_1_20170109142408075.jpg.chip.jpg")  # a field is missing, as in the original
    write_picture(root / "30_1_0_20170116174100000.jpg.chip.jpg", np.zeros((40, 90, 3), np.uint8))
    return 3


def made_fairface(root: Path) -> None:
    ages = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
    for part, count in (("train", 40), ("val", 9)):
        lines = ["file,age,gender,race,service_test"]
        for number in range(1, count + 1):
            gender = ("Male", "Female")[number % 2]
            lines.append(f"{part}/{number}.jpg,{ages[number % 9]},{gender},East Asian,True")
            write_picture(root / part / f"{number}.jpg", face(224, number))
        write_text(root / f"fairface_label_{part}.csv", "\n".join(lines) + "\n")


def damage_fairface(root: Path) -> int:
    spoil(root / "train" / "1.jpg")
    (root / "train" / "2.jpg").unlink()
    with (root / "fairface_label_train.csv").open("a") as file:
        file.write("train/900.jpg,old,Male,White,False\n")
    return 3


def made_adience(root: Path) -> None:
    ages = ("(25, 32)", "(60, 100)", "35", "None")
    for fold in range(5):
        lines = ["user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy"]
        for number, age in enumerate(ages):
            user = f"{fold}30601258@N0{number}"
            image, face_id = f"10399646885_{number}_o.jpg", str(10 * fold + number)
            gender = "mfuf"[number] if number != 2 else "f"
            lines.append(f"{user}\t{image}\t{face_id}\t{age}\t{gender}\t0\t414\t1086\t1383")
            if age != "None":
                path = root / "aligned" / user / f"landmark_aligned_face.{face_id}.{image}"
                write_picture(path, face(120, number))
        write_text(root / f"fold_{fold}_data.txt", "\n".join(lines) + "\n")


def damage_adience(root: Path) -> int:
    spoil(next((root / "aligned").glob("030601258@N00/*.jpg")))
    next((root / "aligned").glob("130601258@N00/*.jpg")).unlink()
    return 2


# Voices


def made_ravdess(root: Path) -> None:
    for actor in (1, 2, 8):
        for emotion in ("01", "05"):
            path = root / f"Actor_{actor:02d}" / f"03-01-{emotion}-01-02-01-{actor:02d}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_wav(made_voice(int(emotion), actor, 1), 48_000, channels=2))
        write_sound(root / f"Actor_{actor:02d}" / f"03-02-05-01-02-01-{actor:02d}.wav", 5, actor)


def damage_ravdess(root: Path) -> int:
    spoil(root / "Actor_02" / "03-01-05-01-02-01-02.wav")
    (root / "Actor_02" / "03-01-03-01-02-01-02.wav").write_bytes(b"")
    write_sound(root / "Actor_02" / "a song.wav", 1, 2)
    write_sound(root / "Actor_02" / "03-01-04-01-02-01-02.wav", 1, 2)
    return 3


def made_mead(root: Path) -> None:
    for speaker in ("M003", "M005", "W009"):
        for emotion in ("angry", "contempt"):
            for number in ("001", "020"):
                write_sound(root / speaker / "audio" / emotion / "level_2" / f"{number}.m4a", 1, 1)


def damage_mead(root: Path) -> int:
    spoil(root / "M005" / "audio" / "angry" / "level_2" / "001.m4a")
    write_sound(root / "M005" / "audio" / "smug" / "level_1" / "001.m4a", 1, 1)
    return 2


def made_iemocap(root: Path) -> None:
    for session in range(1, 6):
        place = root / f"Session{session}"
        dialog = f"Ses0{session}F_impro01"
        lines, said = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""], []
        for number, label in enumerate(("ang", "exc", "fru", "xxx")):
            turn = f"{dialog}_{'FM'[number % 2]}00{number}"
            lines += [f"[{number}.2901 - {number}.7901]\t{turn}\t{label}\t[2.5000, 2.5000, 2.5000]"]
            lines += ["C-E2:\tNeutral;\t()", "A-E3:\tval 3; act 2; dom  2;\t()", ""]
            said.append(f"{turn} [00{number}.2901-00{number}.7901]: Excuse me.")
            write_sound(place / "sentences" / "wav" / dialog / f"{turn}.wav", number, session)
        write_text(place / "dialog" / "EmoEvaluation" / f"{dialog}.txt", "\n".join(lines) + "\n")
        write_text(place / "dialog" / "transcriptions" / f"{dialog}.txt", "\n".join(said) + "\n")


def damage_iemocap(root: Path) -> int:
    sounds = root / "Session1" / "sentences" / "wav" / "Ses01F_impro01"
    spoil(sounds / "Ses01F_impro01_F000.wav")
    (root / "Session2" / "sentences" / "wav" / "Ses02F_impro01" / "Ses02F_impro01_M001.wav").unlink()
    return 2


MOSEI = {f"video{number:02d}": number for number in range(24)}


def made_cmu_mosei(root: Path) -> None:
    with h5py.File(_made(root) / "CMU_MOSEI_Labels.csd", "w") as file:
        for video, number in MOSEI.items():
            data = file.create_group(f"All Labels/data/{video}")
            data["intervals"] = np.array([[0.0, 0.4], [0.4, 0.9]])
            emotions = np.zeros((2, 6), np.float32)
            emotions[0, number % 6] = 2.0
            if number % 8 == 7:
                emotions[1, :2] = 1.0  # two alike
            data["features"] = np.concatenate([np.ones((2, 1), np.float32), emotions], axis=1)
            write_sound(root / "Raw" / "Audio" / "Full" / "WAV_16000" / f"{video}.wav", number % 8, 1, 1.0)


def damage_cmu_mosei(root: Path) -> int:
    sounds = root / "Raw" / "Audio" / "Full" / "WAV_16000"
    spoil(sounds / "video00.wav")
    (sounds / "video01.wav").unlink()
    with h5py.File(root / "CMU_MOSEI_Labels.csd", "a") as file:
        del file["All Labels/data/video02/features"]
        file["All Labels/data/video02/features"] = np.ones((2, 3))
    return 3


# Meshes that speak

VOCASET = {
    "FaceTalk_170728_03272_TA": 6, "FaceTalk_170904_00128_TA": 5, "FaceTalk_170811_03275_TA": 4,
    "FaceTalk_170809_00138_TA": 4,
}  # fmt: skip


def made_vocaset(root: Path, vertices: int = 12) -> None:
    random = np.random.default_rng(0)
    meshes, places, templates, sounds = [], {}, {}, {}
    for speaker, frames in VOCASET.items():
        templates[speaker] = random.normal(size=(vertices, 3))
        opened = np.linspace(0, 1, frames)[:, None, None] * np.ones((vertices, 1)) * [0, -1, 0]
        places[speaker], sounds[speaker] = {}, {}
        for sequence in ("sentence01", "sentence02"):
            places[speaker][sequence] = {at: len(meshes) + at for at in range(frames)}
            meshes += list(templates[speaker] + opened)
            audio = (1000 * random.normal(size=2900)).astype(np.int16)
            sounds[speaker][sequence] = {"audio": audio, "sample_rate": 22_000}
    np.save(_made(root) / "data_verts.npy", np.array(meshes, np.float32))
    for name, value in (("templates", templates), ("subj_seq_to_idx", places), ("raw_audio_fixed", sounds)):
        (root / f"{name}.pkl").write_bytes(pickle.dumps(value))


def damage_vocaset(root: Path) -> int:
    meshes = np.load(root / "data_verts.npy")
    meshes[2] = np.nan  # of the first speaker
    np.save(root / "data_verts.npy", meshes)
    places = pickle.loads((root / "subj_seq_to_idx.pkl").read_bytes())
    places["FaceTalk_170904_00128_TA"]["sentence40"] = {0: 0}  # without sound
    (root / "subj_seq_to_idx.pkl").write_bytes(pickle.dumps(places))
    return 2


def made_biwi(root: Path, vertices: int = 12) -> None:
    random = np.random.default_rng(0)
    for number, speaker in enumerate(("F2", "M3", "F5", "F1")):
        template = random.normal(size=(vertices, 3)).astype(np.float32)
        lines = ["# template"] + [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in template] + ["f 1 2 3"]
        write_text(root / "rigid_scans" / f"{speaker}.obj", "\n".join(lines) + "\n")
        for sequence in ("01", "e01"):
            folder = root / "faces" / speaker / sequence
            folder.mkdir(parents=True)
            for frame in range(15):
                moved = template.copy()
                moved[:3, 1] -= np.sin(frame / 3)
                content = vertices.to_bytes(4, "little") + moved.astype("<f4").tobytes()
                (folder / f"frame_{frame + 1:03d}.vl").write_bytes(content)
            write_sound(root / "wav" / f"{speaker}_{sequence}.wav", number, 1, 0.6)


def damage_biwi(root: Path) -> int:
    spoil(root / "faces" / "F2" / "01" / "frame_003.vl")
    (root / "wav" / "M3_e01.wav").unlink()
    return 2


def _made(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    return root


COPIES = {
    "fer2013": ("fer2013", made_fer2013, damage_fer2013),
    "fer2013 folders": ("fer2013", made_fer2013_folders, damage_fer2013_folders),
    "ferplus": ("ferplus", made_ferplus, damage_ferplus),
    "affectnet": ("affectnet", made_affectnet, damage_affectnet),
    "affectnet lists": ("affectnet", made_affectnet_lists, damage_affectnet_lists),
    "raf-db": ("raf-db", made_raf_db, damage_raf_db),
    "emopoi": ("emopoi", made_emopoi, damage_emopoi),
    "daisee": ("daisee", made_daisee, damage_daisee),
    "utkface": ("utkface", made_utkface, damage_utkface),
    "fairface": ("fairface", made_fairface, damage_fairface),
    "adience": ("adience", made_adience, damage_adience),
    "iemocap": ("iemocap", made_iemocap, damage_iemocap),
    "cmu-mosei": ("cmu-mosei", made_cmu_mosei, damage_cmu_mosei),
    "ravdess": ("ravdess", made_ravdess, damage_ravdess),
    "mead": ("mead", made_mead, damage_mead),
    "vocaset": ("vocaset", made_vocaset, damage_vocaset),
    "biwi": ("biwi", made_biwi, damage_biwi),
}
"""Every layout: the collection that it is of, how a copy is made and how it is damaged."""
