"""What Qt reads from the .qm files of the zip."""

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from qgis.PyQt.QtCore import QCoreApplication, QTranslator

archive = zipfile.ZipFile(sys.argv[1])
application = QCoreApplication([])
out = {}
with tempfile.TemporaryDirectory() as folder:
    archive.extractall(folder)
    for file in sorted(Path(folder).glob("railmap/i18n/*.qm")):
        translator = QTranslator()
        assert translator.load(str(file))
        root = ElementTree.parse(file.with_suffix(".ts")).getroot()
        sources = [message.findtext("source") for message in root.iter("message")]
        language = file.stem.split("_")[1]
        application.installTranslator(translator)
        out[language] = {text: application.translate("Railmap", text) for text in sources}
        application.removeTranslator(translator)
print("RESULT" + json.dumps(out), flush=True)
os._exit(0)
