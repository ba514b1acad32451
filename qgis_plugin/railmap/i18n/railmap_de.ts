<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>Railmap</name>
    <message>
      <source>.geojson, .fgb, .osm, .dxf, .xml, .ifc, .ttl, .csv or .qgz.</source>
      <translation>.geojson, .fgb, .osm, .dxf, .xml, .ifc, .ttl, .csv oder .qgz.</translation>
    </message>
    <message>
      <source>0: they follow without a gap.</source>
      <translation>0: sie schließen lückenlos an.</translation>
    </message>
    <message>
      <source>50 m hold a line drawn some 10 m off and eight parallel tracks on each side.</source>
      <translation>50 m fassen eine um 10 m versetzte Linie und acht parallele Gleise auf jeder Seite.</translation>
    </message>
    <message>
      <source>72 for the rail 60E1.</source>
      <translation>72 für die Schiene 60E1.</translation>
    </message>
    <message>
      <source>A disc is the same in all directions.</source>
      <translation>Eine Scheibe (disc) ist in allen Richtungen gleich.</translation>
    </message>
    <message>
      <source>A kilometre that is longer or shorter by more than this is a jump.</source>
      <translation>Ein Kilometer, der um mehr als das länger oder kürzer ist, ist ein Sprung.</translation>
    </message>
    <message>
      <source>A map or any line layer taken as true.</source>
      <translation>Karte oder Linienlayer, der als richtig gilt.</translation>
    </message>
    <message>
      <source>A map or any line layer.</source>
      <translation>Karte oder beliebiger Linienlayer.</translation>
    </message>
    <message>
      <source>A page with images.</source>
      <translation>Eine Seite mit Bildern.</translation>
    </message>
    <message>
      <source>A view is cut from the image each time after this length of track.</source>
      <translation>Nach jeweils dieser Länge Gleis wird eine Ansicht aus dem Bild geschnitten.</translation>
    </message>
    <message>
      <source>Accept</source>
      <translation>Annehmen</translation>
    </message>
    <message>
      <source>Accept: the track is right; it stays as it is when the image is mapped again. An issue is none. Reject: there is no track; it is removed and does not come back. Edit: change the track in QGIS; saving the edits counts as fixed. Fixed: the fault is corrected. Every decision is stored in the map at once; Undo takes back those of this session. Labels writes the decided places for “railmap train tracks”. The keys work while the panel has the focus: click on it.</source>
      <translation>Annehmen: Das Gleis stimmt; es bleibt, wie es ist, wenn das Bild neu kartiert wird. Eine Meldung ist kein Fehler. Verwerfen: Dort ist kein Gleis; es wird entfernt und kommt nicht wieder. Bearbeiten: das Gleis in QGIS ändern; mit dem Speichern gilt es als behoben. Behoben: Der Fehler ist korrigiert. Jede Entscheidung steht sofort in der Karte; Rückgängig nimmt die dieser Sitzung zurück. Trainingsdaten schreibt die entschiedenen Stellen für „railmap train tracks“. Die Tasten gelten, solange die Eingabe im Bedienfeld ist: darauf klicken.</translation>
    </message>
    <message>
      <source>Accuracy of the model (m)</source>
      <translation>Genauigkeit des Modells (m)</translation>
    </message>
    <message>
      <source>Accuracy of the positions (m)</source>
      <translation>Genauigkeit der Positionen (m)</translation>
    </message>
    <message>
      <source>Across, or across,along the rail; empty: from the width of the rail head.</source>
      <translation>Quer, oder quer,längs der Schiene; leer: aus der Breite des Schienenkopfs.</translation>
    </message>
    <message>
      <source>Add kilometre posts</source>
      <translation>Kilometersteine hinzufügen</translation>
    </message>
    <message>
      <source>Add kilometre posts by clicks</source>
      <translation>Kilometersteine durch Klicks hinzufügen</translation>
    </message>
    <message>
      <source>Add line</source>
      <translation>Strecke hinzufügen</translation>
    </message>
    <message>
      <source>Add lines automatically</source>
      <translation>Strecken automatisch hinzufügen</translation>
    </message>
    <message>
      <source>Added to the time in the images, for the track log.</source>
      <translation>Wird zur Zeit in den Bildern addiert, für die GPS-Spur.</translation>
    </message>
    <message>
      <source>Adds a line along each sequence of tracks that continues straight through its switches. A line takes the number that most of its tracks have; the others are numbered from the longest to the shortest.</source>
      <translation>Fügt entlang jeder Folge von Gleisen, die gerade durch ihre Weichen führt, eine Strecke hinzu. Eine Strecke erhält die Nummer, die die meisten ihrer Gleise haben; die anderen werden von der längsten zur kürzesten nummeriert.</translation>
    </message>
    <message>
      <source>Adds a railway line to a map: the shortest path between two nodes, without reversing. Its chainage is in metres from the start until “Add kilometre posts” calibrates it.</source>
      <translation>Fügt einer Karte eine Strecke hinzu: den kürzesten Weg zwischen zwei Knoten, ohne Fahrtrichtungswechsel. Ihre Kilometrierung zählt die Meter ab dem Anfang, bis „Kilometersteine hinzufügen“ sie kalibriert.</translation>
    </message>
    <message>
      <source>Adds kilometre posts to a line of a map and calibrates its chainage with them. The log has posts that do not fit and kilometres that are longer or shorter than 1000 m.</source>
      <translation>Fügt einer Strecke der Karte Kilometersteine hinzu und kalibriert damit ihre Kilometrierung. Im Protokoll stehen Steine, die nicht passen, und Kilometer, die länger oder kürzer als 1000 m sind.</translation>
    </message>
    <message>
      <source>Alignment</source>
      <translation>Trassierung</translation>
    </message>
    <message>
      <source>Along the line, of the same scene.</source>
      <translation>Längs der Strecke, derselben Szene.</translation>
    </message>
    <message>
      <source>Along the track.</source>
      <translation>Entlang des Gleises.</translation>
    </message>
    <message>
      <source>An engine of its own takes 1.1 GB of disk, with the packages that it needs; downloading and installing takes some minutes.</source>
      <translation>Ein eigenes Programm belegt mit den Paketen, die es braucht, 1,1 GB; Herunterladen und Installieren dauern einige Minuten.</translation>
    </message>
    <message>
      <source>Another number divides the photos otherwise.</source>
      <translation>Eine andere Zahl teilt die Fotos anders auf.</translation>
    </message>
    <message>
      <source>Any layer of the map, or its GeoPackage.</source>
      <translation>Ein Layer der Karte oder ihr GeoPackage.</translation>
    </message>
    <message>
      <source>Any layer of the map, or its GeoPackage; it is changed. Empty: results are not placed on a map.</source>
      <translation>Irgendein Layer der Karte oder ihr GeoPackage; sie wird geändert. Leer: sie stehen für sich.</translation>
    </message>
    <message>
      <source>Any of its layers, or its file.</source>
      <translation>Einer ihrer Layer oder ihre Datei.</translation>
    </message>
    <message>
      <source>Any vector layer, or a table with line and km; optionally the selected features only.</source>
      <translation>Vektorlayer oder Tabelle mit Strecke und km; auf Wunsch nur die gewählten.</translation>
    </message>
    <message>
      <source>Area to evaluate</source>
      <translation>Zu bewertendes Gebiet</translation>
    </message>
    <message>
      <source>Area to process</source>
      <translation>Zu bearbeitendes Gebiet</translation>
    </message>
    <message>
      <source>Areas to ignore</source>
      <translation>Nicht bewertete Gebiete</translation>
    </message>
    <message>
      <source>As in the layer railway_line of the map.</source>
      <translation>Wie im Layer railway_line der Karte.</translation>
    </message>
    <message>
      <source>As on the post; metres beyond it after “+”.</source>
      <translation>Wie auf dem Stein; Meter danach hinter „+“.</translation>
    </message>
    <message>
      <source>Attach events to tracks</source>
      <translation>Ereignisse den Gleisen zuordnen</translation>
    </message>
    <message>
      <source>Bands used as red, green, blue</source>
      <translation>Kanäle für Rot, Grün, Blau</translation>
    </message>
    <message>
      <source>Basemaps of other servers</source>
      <translation>Hintergrundkarten anderer Server</translation>
    </message>
    <message>
      <source>Bridges, trees and trains hide tracks; bridged parts are dashed. Next to a parallel track gaps up to four times as wide are bridged.</source>
      <translation>Brücken, Bäume und Züge verdecken Gleise; überbrückte Teile sind gestrichelt. Neben einem parallelen Gleis werden bis zu viermal so weite Lücken überbrückt.</translation>
    </message>
    <message>
      <source>CPU threads</source>
      <translation>CPU-Threads</translation>
    </message>
    <message>
      <source>CRS of x and y in the table</source>
      <translation>KBS von x und y in der Tabelle</translation>
    </message>
    <message>
      <source>CSV with the column image, and lon, lat or x, y or line, km.</source>
      <translation>CSV mit der Spalte image und lon, lat oder x, y oder line, km.</translation>
    </message>
    <message>
      <source>CSV.</source>
      <translation>CSV.</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Cancelled; no partial output remains.</source>
      <translation>Abgebrochen; nichts Halbfertiges blieb zurück.</translation>
    </message>
    <message>
      <source>Cancelled; nothing was installed.</source>
      <translation>Abgebrochen; nichts wurde installiert.</translation>
    </message>
    <message>
      <source>Chainage, defects and scenes</source>
      <translation>Kilometrierung, Fehler und Szenen</translation>
    </message>
    <message>
      <source>Changes</source>
      <translation>Änderungen</translation>
    </message>
    <message>
      <source>Changes of defects</source>
      <translation>Änderungen der Fehler</translation>
    </message>
    <message>
      <source>Changes of switches and nodes</source>
      <translation>Änderungen der Weichen und Knoten</translation>
    </message>
    <message>
      <source>Changes of tracks</source>
      <translation>Änderungen der Gleise</translation>
    </message>
    <message>
      <source>Changes the later map: corresponding objects take the earlier ids.</source>
      <translation>Ändert die spätere Karte: was dasselbe Objekt ist, behält seine Kennung.</translation>
    </message>
    <message>
      <source>Check map</source>
      <translation>Karte prüfen</translation>
    </message>
    <message>
      <source>Checks topology, measures and values of a map. Issues are written to the layer qa_issue of the map and to the log.</source>
      <translation>Prüft Topologie, Maße und Werte einer Karte. Funde kommen in den Layer qa_issue der Karte und ins Protokoll.</translation>
    </message>
    <message>
      <source>Choose a wheel file</source>
      <translation>Wheel-Datei wählen</translation>
    </message>
    <message>
      <source>Choose another Python</source>
      <translation>Anderes Python wählen</translation>
    </message>
    <message>
      <source>Choose {pattern}; “pip wheel --no-deps .” in a clone builds one.</source>
      <translation>{pattern} wählen; „pip wheel --no-deps .“ in einem Klon erzeugt sie.</translation>
    </message>
    <message>
      <source>Classifies each stretch of the tracks in an orthophoto, seen from above. The scenes are written to the layer scene_event of the map. The model must be made from such views: “Cut views along tracks”, then “Teach scenes”.</source>
      <translation>Klassifiziert jeden Abschnitt der Gleise in einem Orthofoto, von oben gesehen. Die Szenen werden in den Layer scene_event der Karte geschrieben. Das Modell muss aus solchen Ansichten entstanden sein: „Ansichten entlang der Gleise schneiden“, dann „Szenen lehren“.</translation>
    </message>
    <message>
      <source>Classifies railway photos: platform, tunnel, bridge, crossing and others. With a map, photos with a GPS position are placed on its tracks; successive photos of one class along a line become a stretch.</source>
      <translation>Sagt, was Eisenbahnfotos zeigen: Bahnsteig, Tunnel, Brücke, Übergang und anderes. Mit einer Karte werden Fotos mit GPS-Position ihren Gleisen zugeordnet; solche derselben Szene längs einer Strecke werden ein Abschnitt.</translation>
    </message>
    <message>
      <source>Classify railway photos</source>
      <translation>Eisenbahnfotos klassifizieren</translation>
    </message>
    <message>
      <source>Classify scenes along tracks</source>
      <translation>Szenen entlang der Gleise klassifizieren</translation>
    </message>
    <message>
      <source>Compare two surveys</source>
      <translation>Zwei Aufnahmen vergleichen</translation>
    </message>
    <message>
      <source>Confidence below</source>
      <translation>Konfidenz unter</translation>
    </message>
    <message>
      <source>Converts a kilometre, such as “6185 km 12.400 +3.2”, to a position, or a position to a kilometre. The map needs a line with chainage.</source>
      <translation>Findet den Ort eines Kilometers, etwa „6185 km 12.400 +3.2“, oder den Kilometer eines Ortes. Die Karte braucht eine Strecke mit Kilometrierung.</translation>
    </message>
    <message>
      <source>Copy the log</source>
      <translation>Protokoll kopieren</translation>
    </message>
    <message>
      <source>Correct the variable {variable} or remove it.</source>
      <translation>Die Variable {variable} berichtigen oder entfernen.</translation>
    </message>
    <message>
      <source>Create the map</source>
      <translation>Karte erstellen</translation>
    </message>
    <message>
      <source>Cut views along tracks</source>
      <translation>Ansichten entlang der Gleise schneiden</translation>
    </message>
    <message>
      <source>Cuts the views that “Classify scenes along tracks” classifies, as pictures. Sort them into a folder for each scene, and teach a model with “Teach scenes”.</source>
      <translation>Schneidet die Ansichten, die „Szenen entlang der Gleise klassifizieren“ klassifiziert, als Bilder. Sortieren Sie sie in einen Ordner je Szene und lehren Sie mit „Szenen lehren“ ein Modell.</translation>
    </message>
    <message>
      <source>Day of the forecast</source>
      <translation>Tag der Vorhersage</translation>
    </message>
    <message>
      <source>Day of the survey</source>
      <translation>Tag der Aufnahme</translation>
    </message>
    <message>
      <source>Defect outlines</source>
      <translation>Umrisse der Fehler</translation>
    </message>
    <message>
      <source>Defects</source>
      <translation>Fehler</translation>
    </message>
    <message>
      <source>Defects farther apart are different ones.</source>
      <translation>Was weiter auseinander liegt, ist ein anderer Fehler.</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>Gerät</translation>
    </message>
    <message>
      <source>Device of the network; auto takes the fastest available.</source>
      <translation>Wo das Netz läuft; auto nimmt das schnellste vorhandene.</translation>
    </message>
    <message>
      <source>Digitise track</source>
      <translation>Gleis digitalisieren</translation>
    </message>
    <message>
      <source>Distance from these lines (m)</source>
      <translation>Abstand von diesen Linien (m)</translation>
    </message>
    <message>
      <source>Distance of the heights (m)</source>
      <translation>Abstand der Höhen (m)</translation>
    </message>
    <message>
      <source>Draw map over image</source>
      <translation>Karte über das Bild zeichnen</translation>
    </message>
    <message>
      <source>Draws a map over its image, as a picture for a report or a quick look.</source>
      <translation>Zeichnet eine Karte über ihr Bild, für einen Bericht oder einen schnellen Blick.</translation>
    </message>
    <message>
      <source>Each image is at a lower kilometre than the previous one.</source>
      <translation>Die Bilder gehen zu kleineren Kilometern.</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>Bearbeiten</translation>
    </message>
    <message>
      <source>Elevation model</source>
      <translation>Geländemodell</translation>
    </message>
    <message>
      <source>Empty: T, for T1, T2 and so on.</source>
      <translation>Leer: T, für T1, T2 und so weiter.</translation>
    </message>
    <message>
      <source>Empty: all.</source>
      <translation>Leer: alle.</translation>
    </message>
    <message>
      <source>Empty: that which the model states.</source>
      <translation>Leer: die, die das Modell angibt.</translation>
    </message>
    <message>
      <source>Empty: the coarsest that is fine enough for the model.</source>
      <translation>Leer: die gröbste, die für das Modell fein genug ist.</translation>
    </message>
    <message>
      <source>Empty: the images that the map names.</source>
      <translation>Leer: die Bilder, die die Karte nennt.</translation>
    </message>
    <message>
      <source>Empty: the map's name.</source>
      <translation>Leer: der Name der Karte.</translation>
    </message>
    <message>
      <source>Empty: the map's.</source>
      <translation>Leer: das der Karte.</translation>
    </message>
    <message>
      <source>Empty: the name of the map.</source>
      <translation>Leer: der Name der Karte.</translation>
    </message>
    <message>
      <source>End</source>
      <translation>Ziel</translation>
    </message>
    <message>
      <source>End as text</source>
      <translation>Ziel als Text</translation>
    </message>
    <message>
      <source>Evaluate against reference</source>
      <translation>Mit Referenz vergleichen</translation>
    </message>
    <message>
      <source>Evaluates lines, switches and paths of a map against a reference: completeness, correctness, offsets. The tables are in the log.</source>
      <translation>Bewertet Linien, Weichen und Fahrwege einer Karte gegen eine Referenz: Vollständigkeit, Korrektheit, Abstände. Die Tabellen stehen im Protokoll.</translation>
    </message>
    <message>
      <source>Events</source>
      <translation>Ereignisse</translation>
    </message>
    <message>
      <source>Everything is reviewed.</source>
      <translation>Alles ist durchgesehen.</translation>
    </message>
    <message>
      <source>Examine each image once</source>
      <translation>Jedes Bild einmal untersuchen</translation>
    </message>
    <message>
      <source>Explain the scene of a photo</source>
      <translation>Szene eines Fotos erklären</translation>
    </message>
    <message>
      <source>Explained in addition, separated by semicolons.</source>
      <translation>Werden zusätzlich erklärt; durch Semikolons getrennt.</translation>
    </message>
    <message>
      <source>Export map</source>
      <translation>Karte exportieren</translation>
    </message>
    <message>
      <source>Exported map</source>
      <translation>Exportierte Karte</translation>
    </message>
    <message>
      <source>Extent to process</source>
      <translation>Zu bearbeitender Ausschnitt</translation>
    </message>
    <message>
      <source>Extract rail tracks</source>
      <translation>Gleise extrahieren</translation>
    </message>
    <message>
      <source>Extracts the centreline of every railway track in a drone or satellite image, joined at switches, into a styled GeoPackage. The map is in the CRS of the image if that is in metres, else in UTM.</source>
      <translation>Findet jedes Gleis in einem Drohnen- oder Satellitenbild und zeichnet seine Mittellinie, an Weichen verbunden, in ein GeoPackage mit Stilen. Die Karte hat das KBS des Bildes, wenn es in Metern ist, sonst UTM.</translation>
    </message>
    <message>
      <source>Fills gaps and holes narrower than twice the radius, after the opening; 0: none.</source>
      <translation>Füllt nach der Öffnung Lücken und Löcher, die schmaler sind als der doppelte Radius; 0: keine.</translation>
    </message>
    <message>
      <source>Find route</source>
      <translation>Fahrweg suchen</translation>
    </message>
    <message>
      <source>Finds defects in images of the rail head from above and measures them: area, length, severity. With a map and the positions of the images (line and kilometre, a table, a track log or their own GPS), the defects are also placed on its tracks.</source>
      <translation>Findet Fehler in Bildern des Schienenkopfs von oben und misst sie: Fläche, Länge, Schwere. Mit einer Karte und dem Ort der Bilder (Strecke und Kilometer, Tabelle, GPS-Spur oder ihr eigenes GPS) werden die Fehler auch ihren Gleisen zugeordnet.</translation>
    </message>
    <message>
      <source>Finds the route of a train with the fewest reversals, and of these the shortest. A train passes a switch between toe and leg only and a crossing straight on or over a slip. The route comes with its links, the switches with their position, and the reversals.</source>
      <translation>Sucht den Fahrweg eines Zuges mit den wenigsten Fahrtrichtungswechseln, darunter den kürzesten. Ein Zug befährt eine Weiche nur zwischen Spitze und Schenkel und eine Kreuzung nur geradeaus oder über eine Kreuzungsweiche. Das Ergebnis enthält die Gleisabschnitte, die Weichen mit ihrer Lage und die Fahrtrichtungswechsel.</translation>
    </message>
    <message>
      <source>Finds tracks and switches that are new, removed, moved or changed between two maps of the same place, and defects that are new, grown or repaired. The changes are written to a GeoPackage.</source>
      <translation>Findet, welche Gleise und Weichen zwischen zwei Karten desselben Ortes neu, entfernt, verschoben oder geändert sind und welche Fehler neu, gewachsen oder verschwunden sind. Die Änderungen werden ein eigenes GeoPackage.</translation>
    </message>
    <message>
      <source>Fit the centreline to</source>
      <translation>Mittellinie anpassen an</translation>
    </message>
    <message>
      <source>Fixed</source>
      <translation>Behoben</translation>
    </message>
    <message>
      <source>Folder of images</source>
      <translation>Ordner mit Bildern</translation>
    </message>
    <message>
      <source>Folder of photos</source>
      <translation>Ordner mit Fotos</translation>
    </message>
    <message>
      <source>Folder of sorted photos</source>
      <translation>Ordner mit sortierten Fotos</translation>
    </message>
    <message>
      <source>Folder, new or one with a map published before.</source>
      <translation>Ordner, neu oder mit einer schon veröffentlichten Karte.</translation>
    </message>
    <message>
      <source>Follow defects through surveys</source>
      <translation>Fehler über Aufnahmen verfolgen</translation>
    </message>
    <message>
      <source>Follows defects through the maps of two or more surveys: area at each survey, growth, and from three surveys on a forecast. The maps need attached defects with a day of the survey.</source>
      <translation>Verfolgt Fehler durch die Karten von zwei oder mehr Aufnahmen: Fläche bei jeder Aufnahme, Wachstum und ab drei Aufnahmen eine Vorhersage. Die Karten brauchen zugeordnete Fehler mit dem Tag der Aufnahme.</translation>
    </message>
    <message>
      <source>For GeoJSON and FlatGeobuf, empty: railway_link; for CSV a layer of events, empty: all. Other formats have the whole map.</source>
      <translation>Für GeoJSON und FlatGeobuf, leer: railway_link; für CSV ein Layer mit Ereignissen, leer: alle. Andere Formate enthalten die ganze Karte.</translation>
    </message>
    <message>
      <source>For the changes; any of its layers, or its file.</source>
      <translation>Für die Änderungen; einer ihrer Layer oder ihre Datei.</translation>
    </message>
    <message>
      <source>Forget it</source>
      <translation>Vergessen</translation>
    </message>
    <message>
      <source>Free text.</source>
      <translation>Freier Text.</translation>
    </message>
    <message>
      <source>Further scenes</source>
      <translation>Weitere Szenen</translation>
    </message>
    <message>
      <source>GPS track log</source>
      <translation>GPS-Spur</translation>
    </message>
    <message>
      <source>GPX, or CSV with time, lon, lat; matched by the time of each image.</source>
      <translation>GPX, oder CSV mit time, lon, lat; zugeordnet nach der Aufnahmezeit.</translation>
    </message>
    <message>
      <source>GeoPackage with all layers.</source>
      <translation>GeoPackage mit allen Layern.</translation>
    </message>
    <message>
      <source>GeoPackage with one row per photo.</source>
      <translation>GeoPackage mit einer Zeile je Foto.</translation>
    </message>
    <message>
      <source>GeoPackage with the defects, their outlines in pixels, and a table of the images.</source>
      <translation>GeoPackage mit den Fehlern, ihren Umrissen in Pixeln und den Bildern.</translation>
    </message>
    <message>
      <source>GeoTIFF with values 0 to 254 and 255 where there is no image.</source>
      <translation>GeoTIFF mit Werten von 0 bis 254 und 255, wo kein Bild ist.</translation>
    </message>
    <message>
      <source>GeoTIFF.</source>
      <translation>GeoTIFF.</translation>
    </message>
    <message>
      <source>Georeferenced image, 0.8 to 60 cm per pixel, or an XYZ, WMTS or WMS layer: then give the extent to process and the licence.</source>
      <translation>Georeferenziertes Bild, 0,8 bis 60 cm je Pixel, oder ein XYZ-, WMTS- oder WMS-Layer: dann die zu bearbeitende Ausdehnung und die Lizenz angeben.</translation>
    </message>
    <message>
      <source>Give one of these: {names}.</source>
      <translation>Geben Sie eines davon an: {names}.</translation>
    </message>
    <message>
      <source>Give the later map the ids of the earlier one</source>
      <translation>Der späteren Karte die Kennungen der früheren geben</translation>
    </message>
    <message>
      <source>Gives the tracks of a map heights, gradients and a vertical alignment of constant gradients and parabolas. Bridges, tunnels, gaps in the model and what is too steep for a track are bridged and marked.</source>
      <translation>Gibt den Gleisen einer Karte Höhen, Neigungen und eine Gradiente aus konstanten Neigungen und Parabeln. Brücken, Tunnel, Lücken im Modell und was für ein Gleis zu steil ist, werden überbrückt und gekennzeichnet.</translation>
    </message>
    <message>
      <source>Gives the tracks of a map the names, numbers, usage, service and electrification of the same tracks in OpenStreetMap, and reports tracks that only one of the two has. The licence of the data (ODbL) is stored in the map.</source>
      <translation>Gibt den Gleisen einer Karte Namen, Nummern, Nutzung, Betriebsart und Elektrifizierung derselben Gleise in OpenStreetMap und meldet Gleise, die nur eine der beiden hat. Die Lizenz der Daten (ODbL) wird in der Karte gespeichert.</translation>
    </message>
    <message>
      <source>Growth</source>
      <translation>Wachstum</translation>
    </message>
    <message>
      <source>Heights</source>
      <translation>Höhen</translation>
    </message>
    <message>
      <source>Heights from an elevation model</source>
      <translation>Höhen aus einem Geländemodell</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>Hilfe</translation>
    </message>
    <message>
      <source>Image</source>
      <translation>Bild</translation>
    </message>
    <message>
      <source>Image beneath</source>
      <translation>Bild darunter</translation>
    </message>
    <message>
      <source>Image for the pictures</source>
      <translation>Bild für die Ausschnitte</translation>
    </message>
    <message>
      <source>Image of the earlier survey</source>
      <translation>Bild der früheren Aufnahme</translation>
    </message>
    <message>
      <source>Image of the result</source>
      <translation>Bilddatei</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <source>Images in the direction of falling kilometres</source>
      <translation>Bilder in Richtung fallender Kilometer</translation>
    </message>
    <message>
      <source>Instead of a line, a table or a track log.</source>
      <translation>Statt Strecke, Tabelle oder GPS-Spur.</translation>
    </message>
    <message>
      <source>Instead of events: photos with a GPS position.</source>
      <translation>Statt Ereignissen: Fotos mit GPS-Position.</translation>
    </message>
    <message>
      <source>Instead of six times: four times as fast, finds less.</source>
      <translation>Statt sechsmal: viermal so schnell, findet weniger.</translation>
    </message>
    <message>
      <source>Instead of the point: a node_id, or a kilometre: 6185 km 12.430.</source>
      <translation>Statt des Punkts: eine node_id oder ein Kilometer: 6185 km 12.430.</translation>
    </message>
    <message>
      <source>Instead of the point: a node_id, or its first characters.</source>
      <translation>Statt des Punkts: eine node_id oder ihre ersten Zeichen.</translation>
    </message>
    <message>
      <source>Its kilometre posts are deleted too.</source>
      <translation>Auch ihre Kilometersteine werden gelöscht.</translation>
    </message>
    <message>
      <source>JPEG and other photos.</source>
      <translation>JPEG- und andere Fotos.</translation>
    </message>
    <message>
      <source>JPEG, PNG, TIFF or WebP.</source>
      <translation>JPEG, PNG, TIFF oder WebP.</translation>
    </message>
    <message>
      <source>JSON.</source>
      <translation>JSON.</translation>
    </message>
    <message>
      <source>Keep the folders of images</source>
      <translation>Ordner der Bilder behalten</translation>
    </message>
    <message>
      <source>Kilometre</source>
      <translation>Kilometer</translation>
    </message>
    <message>
      <source>Kilometre at the start of the first image (km)</source>
      <translation>Kilometer, bei dem das erste Bild beginnt (km)</translation>
    </message>
    <message>
      <source>Kilometre post</source>
      <translation>Kilometerstein</translation>
    </message>
    <message>
      <source>Kilometre posts</source>
      <translation>Kilometersteine</translation>
    </message>
    <message>
      <source>Labels for training</source>
      <translation>Trainingsdaten</translation>
    </message>
    <message>
      <source>Labels of {accepted} accepted and {rejected} rejected tracks: {path}</source>
      <translation>Trainingsdaten von {accepted} angenommenen und {rejected} verworfenen Gleisen: {path}</translation>
    </message>
    <message>
      <source>Labels…</source>
      <translation>Trainingsdaten…</translation>
    </message>
    <message>
      <source>Largest difference of direction (°)</source>
      <translation>Größter Unterschied der Richtung (°)</translation>
    </message>
    <message>
      <source>Largest displacement of a track (m)</source>
      <translation>Größte Verschiebung eines Gleises (m)</translation>
    </message>
    <message>
      <source>Largest distance of a point to a track (m)</source>
      <translation>Größter Abstand eines Punkts vom Gleis (m)</translation>
    </message>
    <message>
      <source>Largest distance of a post to the line (m)</source>
      <translation>Größter Abstand eines Steins von der Strecke (m)</translation>
    </message>
    <message>
      <source>Largest distance of the line from the fitted curve (m)</source>
      <translation>Größter Abstand der Linie von der angepassten Kurve (m)</translation>
    </message>
    <message>
      <source>Largest distance of the position from a line (m)</source>
      <translation>Größter Abstand der Position von einer Strecke (m)</translation>
    </message>
    <message>
      <source>Largest distance of the same defect (m)</source>
      <translation>Größter Abstand desselben Fehlers (m)</translation>
    </message>
    <message>
      <source>Largest distance of the same track (m)</source>
      <translation>Größter Abstand desselben Gleises (m)</translation>
    </message>
    <message>
      <source>Largest distance to a track (m)</source>
      <translation>Weiter entfernt liegt auf keinem Gleis (m)</translation>
    </message>
    <message>
      <source>Largest gap within a stretch (m)</source>
      <translation>So nahe Fotos bilden einen Abschnitt (m)</translation>
    </message>
    <message>
      <source>Layer to export</source>
      <translation>Zu exportierender Layer</translation>
    </message>
    <message>
      <source>Layer to write</source>
      <translation>Zu schreibender Layer</translation>
    </message>
    <message>
      <source>Layer “{name}” cannot be exported: {reason}</source>
      <translation>Layer „{name}“ kann nicht exportiert werden: {reason}</translation>
    </message>
    <message>
      <source>Layer “{name}” comes from {kind}, not from a file: save it as a GeoTIFF first (right-click, Export, Save As…).</source>
      <translation>Layer „{name}“ kommt von {kind}, nicht aus einer Datei: zuerst als GeoTIFF speichern (Rechtsklick, Export, Speichern als…).</translation>
    </message>
    <message>
      <source>Layer “{name}” has a login that is stored in QGIS, which the engine cannot read.</source>
      <translation>Layer „{name}“ hat eine Anmeldung, die in QGIS gespeichert ist; das Programm kann sie nicht lesen.</translation>
    </message>
    <message>
      <source>Layer “{name}” has changes that are not saved: save them first.</source>
      <translation>Layer „{name}“ hat ungespeicherte Änderungen: zuerst speichern.</translation>
    </message>
    <message>
      <source>Layer “{name}” is a map service; give: {names}.</source>
      <translation>Layer „{name}“ ist ein Kartendienst; angeben: {names}.</translation>
    </message>
    <message>
      <source>Layer “{name}” is not a layer of a railmap GeoPackage.</source>
      <translation>Layer „{name}“ ist kein Layer eines railmap-GeoPackage.</translation>
    </message>
    <message>
      <source>Layer “{name}” is set to {set} but its file states {own}: save it with the right CRS first (Raster › Projections › Assign projection).</source>
      <translation>Layer „{name}“ ist auf {set} gesetzt, aber seine Datei sagt {own}: zuerst mit dem richtigen KBS speichern (Raster › Projektionen › Projektion zuweisen).</translation>
    </message>
    <message>
      <source>Least confidence of a track</source>
      <translation>Kleinste Sicherheit eines Gleises</translation>
    </message>
    <message>
      <source>Least jump of the chainage (m)</source>
      <translation>Kleinster Sprung der Kilometrierung (m)</translation>
    </message>
    <message>
      <source>Least probability of a scene on the map</source>
      <translation>Kleinste Wahrscheinlichkeit einer Szene auf der Karte</translation>
    </message>
    <message>
      <source>Left or right in the direction of rising kilometres.</source>
      <translation>Links oder rechts in Richtung steigender Kilometer.</translation>
    </message>
    <message>
      <source>Length of the train (m)</source>
      <translation>Länge des Zuges (m)</translation>
    </message>
    <message>
      <source>Level of XYZ or WMTS tiles</source>
      <translation>Zoomstufe von XYZ- oder WMTS-Kacheln</translation>
    </message>
    <message>
      <source>Licence of the image</source>
      <translation>Lizenz des Bildes</translation>
    </message>
    <message>
      <source>Licence or permission under which you may map from it, with its address; needed for map services, whose terms often forbid it. The map states it.</source>
      <translation>Lizenz oder Erlaubnis, nach der davon kartiert werden darf, mit ihrer Adresse; nötig bei Kartendiensten, deren Bedingungen es oft verbieten. Die Karte nennt sie.</translation>
    </message>
    <message>
      <source>Line</source>
      <translation>Strecke</translation>
    </message>
    <message>
      <source>Line layer of an extract (.osm, .osm.pbf), or any with a column railway.</source>
      <translation>Linienlayer eines Auszugs (.osm, .osm.pbf) oder jeder andere mit einer Spalte railway.</translation>
    </message>
    <message>
      <source>Line, km, metres beyond: 6185 km 12.400 +3.2; or leave it empty.</source>
      <translation>Strecke, km, Meter darüber hinaus: 6185 km 12.400 +3.2; oder leer lassen.</translation>
    </message>
    <message>
      <source>Lines</source>
      <translation>Strecken</translation>
    </message>
    <message>
      <source>Lines that differ by more are not the same track.</source>
      <translation>Linien, die mehr abweichen, sind nicht dasselbe Gleis.</translation>
    </message>
    <message>
      <source>Locate by chainage</source>
      <translation>Nach Kilometer suchen</translation>
    </message>
    <message>
      <source>Location</source>
      <translation>Ort</translation>
    </message>
    <message>
      <source>Longer parts without heights stay without.</source>
      <translation>Längere Abschnitte ohne Höhen bleiben ohne.</translation>
    </message>
    <message>
      <source>Longest gap that is bridged (m)</source>
      <translation>Längste Lücke, die überbrückt wird (m)</translation>
    </message>
    <message>
      <source>Longest side (pixels)</source>
      <translation>Längste Seite (Pixel)</translation>
    </message>
    <message>
      <source>Lower finds more defects, higher gives fewer false ones; empty: the threshold of the model.</source>
      <translation>Niedriger findet mehr Fehler, höher ergibt weniger falsche Funde; leer: die Schwelle des Modells.</translation>
    </message>
    <message>
      <source>Lower finds more track, higher gives fewer false tracks; empty: the threshold of the model.</source>
      <translation>Niedriger findet mehr, höher erfindet weniger; leer: die des Modells.</translation>
    </message>
    <message>
      <source>Makes a scene model from your own photos, sorted into a folder for each scene; ten of each are enough. The log has how often photos are recognised by a model made without them, which scenes are confused, and photos that may be in the wrong folder.</source>
      <translation>Macht ein Szenenmodell aus eigenen Fotos, die in einen Ordner je Szene sortiert sind; je zehn genügen. Im Protokoll steht, wie oft Fotos von einem Modell erkannt werden, das ohne sie entstand, welche Szenen verwechselt werden und welche Fotos vielleicht im falschen Ordner liegen.</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>Karte</translation>
    </message>
    <message>
      <source>Map of the earlier survey</source>
      <translation>Karte der früheren Aufnahme</translation>
    </message>
    <message>
      <source>Map of the later survey</source>
      <translation>Karte der späteren Aufnahme</translation>
    </message>
    <message>
      <source>Map to place them on</source>
      <translation>Karte, auf der sie eingeordnet werden</translation>
    </message>
    <message>
      <source>Maps of the surveys</source>
      <translation>Karten der Aufnahmen</translation>
    </message>
    <message>
      <source>Matched green, missed blue, false red, duplicate orange.</source>
      <translation>Richtig grün, fehlend blau, falsch rot, doppelt orange.</translation>
    </message>
    <message>
      <source>Minimum area of a defect (mm²)</source>
      <translation>Kleinster gemeldeter Fehler (mm²)</translation>
    </message>
    <message>
      <source>Minimum length of a change (m)</source>
      <translation>Kürzeste gemeldete Änderung eines Gleises (m)</translation>
    </message>
    <message>
      <source>Minimum length of a line (m)</source>
      <translation>Kürzeste Strecke (m)</translation>
    </message>
    <message>
      <source>Minimum length of an isolated track (m)</source>
      <translation>Kürzestes Gleis ohne Anschluss (m)</translation>
    </message>
    <message>
      <source>Minimum length that is reported (m)</source>
      <translation>Kürzeste gemeldete Länge (m)</translation>
    </message>
    <message>
      <source>Minimum radius (m)</source>
      <translation>Kleinster Radius, der nicht bezweifelt wird (m)</translation>
    </message>
    <message>
      <source>Minimum track spacing (m)</source>
      <translation>Kleinster Gleisabstand, der nicht bezweifelt wird (m)</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modell</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelle</translation>
    </message>
    <message>
      <source>More images of the same mosaic</source>
      <translation>Weitere Bilder desselben Mosaiks</translation>
    </message>
    <message>
      <source>NAME=https://HOST/{z}/{x}/{y}.png ATTRIBUTION; several are separated by semicolons. A reader may choose one; the server then sees who does.</source>
      <translation>NAME=https://HOST/{z}/{x}/{y}.png NACHWEIS; mehrere werden durch Semikolon getrennt. Leser können eine wählen; der Server sieht dann, wer es tut.</translation>
    </message>
    <message>
      <source>Name of the line</source>
      <translation>Name der Strecke</translation>
    </message>
    <message>
      <source>New folder.</source>
      <translation>Neuer Ordner.</translation>
    </message>
    <message>
      <source>Next</source>
      <translation>Weiter</translation>
    </message>
    <message>
      <source>No Python 3.11 or newer was found: install one, or choose it with “…”.</source>
      <translation>Kein Python ab 3.11 gefunden: eines installieren oder mit „…“ wählen.</translation>
    </message>
    <message>
      <source>No licence is stored in the map.</source>
      <translation>In der Karte wird keine Lizenz gespeichert.</translation>
    </message>
    <message>
      <source>Nodes in between</source>
      <translation>Knoten dazwischen</translation>
    </message>
    <message>
      <source>Nothing to review: no track below this confidence and no open issue.</source>
      <translation>Nichts durchzusehen: kein Gleis unter dieser Konfidenz und keine offene Meldung.</translation>
    </message>
    <message>
      <source>Number of defects in the report</source>
      <translation>Anzahl der Fehler im Bericht</translation>
    </message>
    <message>
      <source>Number of pictures</source>
      <translation>Anzahl der Ausschnitte</translation>
    </message>
    <message>
      <source>Number of scenes</source>
      <translation>Anzahl der Szenen</translation>
    </message>
    <message>
      <source>Number of the line</source>
      <translation>Nummer der Strecke</translation>
    </message>
    <message>
      <source>ONNX file of “Teach scenes”, made from views from above.</source>
      <translation>ONNX-Datei von „Szenen lehren“, aus Ansichten von oben.</translation>
    </message>
    <message>
      <source>ONNX file.</source>
      <translation>ONNX-Datei.</translation>
    </message>
    <message>
      <source>ONNX file; empty: the model that comes with the engine.</source>
      <translation>ONNX-Datei; leer: das mitgelieferte Modell.</translation>
    </message>
    <message>
      <source>Of one rail, in order.</source>
      <translation>Einer Schiene, der Reihe nach.</translation>
    </message>
    <message>
      <source>Offline: install from the folder of the wheel file only</source>
      <translation>Offline: alles aus dem Ordner der Wheel-Datei nehmen</translation>
    </message>
    <message>
      <source>One HTML file.</source>
      <translation>Eine HTML-Datei.</translation>
    </message>
    <message>
      <source>One sigma of its heights; empty: from their scatter.</source>
      <translation>Ein Sigma seiner Höhen; leer: aus ihrer Streuung.</translation>
    </message>
    <message>
      <source>One sigma, for positions without an accuracy.</source>
      <translation>Ein Sigma, für Positionen ohne eigene Angabe.</translation>
    </message>
    <message>
      <source>One sigma; empty: 1 m, photos 5 m.</source>
      <translation>Ein Sigma; leer: 1 m, Fotos 5 m.</translation>
    </message>
    <message>
      <source>Only for an image that has no georeference.</source>
      <translation>Nur für ein Bild ohne Georeferenz.</translation>
    </message>
    <message>
      <source>Only near these lines</source>
      <translation>Nur nahe diesen Linien</translation>
    </message>
    <message>
      <source>Only the area within these polygons is evaluated.</source>
      <translation>Polygone, außerhalb derer nichts bewertet wird.</translation>
    </message>
    <message>
      <source>Only the area within these polygons is processed; optionally the selected features only.</source>
      <translation>Polygone, außerhalb derer nichts gesucht wird; auf Wunsch nur die gewählten.</translation>
    </message>
    <message>
      <source>Orthophoto that shows the tracks of the map.</source>
      <translation>Orthofoto, das die Gleise der Karte zeigt.</translation>
    </message>
    <message>
      <source>Otherwise only empty values of the map are filled.</source>
      <translation>Sonst werden nur leere Werte der Karte gefüllt.</translation>
    </message>
    <message>
      <source>Otherwise the file has only the names of images.</source>
      <translation>Sonst enthält die Datei nur die Namen der Bilder.</translation>
    </message>
    <message>
      <source>Otherwise the first such event is an error and nothing is written.</source>
      <translation>Sonst ist das erste ein Fehler, und nichts wird geschrieben.</translation>
    </message>
    <message>
      <source>Otherwise the page has only the names of images.</source>
      <translation>Sonst hat die Seite nur die Namen der Bilder.</translation>
    </message>
    <message>
      <source>PNG or JPEG.</source>
      <translation>PNG oder JPEG.</translation>
    </message>
    <message>
      <source>PNG.</source>
      <translation>PNG.</translation>
    </message>
    <message>
      <source>Page of photos and explanations</source>
      <translation>Seite mit Fotos und Erklärungen</translation>
    </message>
    <message>
      <source>Parallel tracks that are closer are reported.</source>
      <translation>Gleise, die enger nebeneinander liegen, werden gemeldet.</translation>
    </message>
    <message>
      <source>Photo</source>
      <translation>Foto</translation>
    </message>
    <message>
      <source>Photos</source>
      <translation>Fotos</translation>
    </message>
    <message>
      <source>Photos of lower probability stay in the table only.</source>
      <translation>Unsicherere bleiben nur in der Tabelle.</translation>
    </message>
    <message>
      <source>Photos that events, defects and scenes name, shown at their places. Photos beside the map are found anyway.</source>
      <translation>Fotos, die Ereignisse, Fehler und Szenen nennen; sie werden an ihrem Ort gezeigt. Fotos neben der Karte werden ohnehin gefunden.</translation>
    </message>
    <message>
      <source>Picture</source>
      <translation>Bild der Karte</translation>
    </message>
    <message>
      <source>Picture of the growth</source>
      <translation>Bild des Wachstums</translation>
    </message>
    <message>
      <source>Pixel size (mm)</source>
      <translation>Pixelgröße (mm)</translation>
    </message>
    <message>
      <source>Pixel size of an image without one (m)</source>
      <translation>Pixelgröße eines Bildes ohne Angabe (m)</translation>
    </message>
    <message>
      <source>Places points, lines or polygons on the tracks of a map, or photos where their GPS says they were taken: track, chainage, offset and side, and whether two tracks are nearly as likely. The events become a layer of the map.</source>
      <translation>Ordnet Punkte, Linien oder Polygone den Gleisen einer Karte zu, oder Fotos nach ihrer GPS-Position: Gleis, Kilometer, Abstand und Seite, und ob zwei Gleise fast gleich wahrscheinlich sind. Die Ereignisse werden ein Layer der Karte.</translation>
    </message>
    <message>
      <source>Point to convert to a kilometre, instead of the above.</source>
      <translation>Punkt, dessen Kilometer gesucht ist, statt der Angabe oben.</translation>
    </message>
    <message>
      <source>Point where the line begins; the nearest node within 25 m counts.</source>
      <translation>Punkt, an dem die Strecke beginnt; der nächste Knoten innerhalb von 25 m zählt.</translation>
    </message>
    <message>
      <source>Point where the line ends; the nearest node within 25 m counts.</source>
      <translation>Punkt, an dem die Strecke endet; der nächste Knoten innerhalb von 25 m zählt.</translation>
    </message>
    <message>
      <source>Point where the route begins; the nearest track counts.</source>
      <translation>Punkt, an dem der Fahrweg beginnt; das nächste Gleis zählt.</translation>
    </message>
    <message>
      <source>Point where the route ends; the nearest track counts.</source>
      <translation>Punkt, an dem der Fahrweg endet; das nächste Gleis zählt.</translation>
    </message>
    <message>
      <source>Point with its chainage.</source>
      <translation>Punkt mit seinem Kilometer.</translation>
    </message>
    <message>
      <source>Points farther away are refused.</source>
      <translation>Weiter entfernte Punkte werden abgelehnt.</translation>
    </message>
    <message>
      <source>Points, or a table with x and y, and a column position_km or position_text; optionally the selected features only.</source>
      <translation>Punkte oder eine Tabelle mit x und y, und eine Spalte position_km oder position_text; wahlweise nur die gewählten Objekte.</translation>
    </message>
    <message>
      <source>Position</source>
      <translation>Ort</translation>
    </message>
    <message>
      <source>Positions farther away have no kilometre.</source>
      <translation>Weiter entfernte Positionen haben keinen Kilometer.</translation>
    </message>
    <message>
      <source>Post {text} added. Line {line}: km {start} to {end}, number of posts: {posts}. U takes it back.</source>
      <translation>Stein {text} hinzugefügt. Strecke {line}: km {start} bis {end}, Anzahl der Steine: {posts}. U nimmt ihn zurück.</translation>
    </message>
    <message>
      <source>Prefix of the numbers</source>
      <translation>Anfang der Nummern</translation>
    </message>
    <message>
      <source>Press “Set up the engine…” in the menu Plugins › Railmap.</source>
      <translation>Im Menü Erweiterungen › Railmap auf „Engine einrichten…“ drücken.</translation>
    </message>
    <message>
      <source>Previous</source>
      <translation>Zurück</translation>
    </message>
    <message>
      <source>Probability from which a pixel is defect</source>
      <translation>Wahrscheinlichkeit, ab der ein Pixel Fehler ist</translation>
    </message>
    <message>
      <source>Probability from which a pixel is track</source>
      <translation>Wahrscheinlichkeit, ab der ein Pixel Gleis ist</translation>
    </message>
    <message>
      <source>Probability or mask</source>
      <translation>Wahrscheinlichkeit oder Maske</translation>
    </message>
    <message>
      <source>Probability that a piece of line is track, for models that give it: lower finds more, higher gives fewer false tracks.</source>
      <translation>Wahrscheinlichkeit, dass ein Linienstück Gleis ist, bei Modellen, die sie angeben: niedriger findet mehr, höher erfindet weniger.</translation>
    </message>
    <message>
      <source>Publish map</source>
      <translation>Karte veröffentlichen</translation>
    </message>
    <message>
      <source>Python</source>
      <translation>Python</translation>
    </message>
    <message>
      <source>Python 3.11 or newer</source>
      <translation>Python ab 3.11</translation>
    </message>
    <message>
      <source>Radius of the closing (m)</source>
      <translation>Radius der Schließung (m)</translation>
    </message>
    <message>
      <source>Radius of the opening (m)</source>
      <translation>Radius der Öffnung (m)</translation>
    </message>
    <message>
      <source>Rail</source>
      <translation>Schiene</translation>
    </message>
    <message>
      <source>Railmap: set up the engine</source>
      <translation>Railmap: Engine einrichten</translation>
    </message>
    <message>
      <source>Raster of heights, in any CRS.</source>
      <translation>Raster von Höhen, in beliebigem KBS.</translation>
    </message>
    <message>
      <source>Raster with one band.</source>
      <translation>Raster mit einem Kanal.</translation>
    </message>
    <message>
      <source>Reference</source>
      <translation>Referenz</translation>
    </message>
    <message>
      <source>Reject</source>
      <translation>Verwerfen</translation>
    </message>
    <message>
      <source>Removes what is narrower than twice the radius; 0: nothing. Acts on the mask, or on the mask of the network's ridges.</source>
      <translation>Entfernt, was schmaler ist als der doppelte Radius; 0: nichts. Wirkt auf die Maske oder auf die Maske der Grate des Netzes.</translation>
    </message>
    <message>
      <source>Replace a line of this number</source>
      <translation>Eine Strecke mit dieser Nummer ersetzen</translation>
    </message>
    <message>
      <source>Replace values</source>
      <translation>Werte ersetzen</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Bericht</translation>
    </message>
    <message>
      <source>Report of the worst defects</source>
      <translation>Bericht der schlimmsten Fehler</translation>
    </message>
    <message>
      <source>Report on survey</source>
      <translation>Bericht über eine Aufnahme</translation>
    </message>
    <message>
      <source>Reports</source>
      <translation>Berichte</translation>
    </message>
    <message>
      <source>Required with a line; otherwise as across the rail.</source>
      <translation>Mit einer Strecke nötig; sonst so viel wie ein Pixel quer.</translation>
    </message>
    <message>
      <source>Review map</source>
      <translation>Karte durchsehen</translation>
    </message>
    <message>
      <source>Route</source>
      <translation>Fahrweg</translation>
    </message>
    <message>
      <source>Rows that an image repeats of the previous one</source>
      <translation>Zeilen, die ein Bild vom vorigen wiederholt</translation>
    </message>
    <message>
      <source>Scenes</source>
      <translation>Szenen</translation>
    </message>
    <message>
      <source>Scores</source>
      <translation>Bewertung</translation>
    </message>
    <message>
      <source>Seconds from the camera's time to UTC (s)</source>
      <translation>Sekunden von der Kamerazeit zu UTC (s)</translation>
    </message>
    <message>
      <source>Seed of the cross-validation</source>
      <translation>Startwert der Kreuzvalidierung</translation>
    </message>
    <message>
      <source>Segment rail tracks</source>
      <translation>Gleise segmentieren</translation>
    </message>
    <message>
      <source>Segment rail-surface defects</source>
      <translation>Fehler der Schienenoberfläche segmentieren</translation>
    </message>
    <message>
      <source>Separated by semicolons; empty: 0.1; 0.25; 0.5; 1.</source>
      <translation>Durch Semikolon getrennt; leer: 0.1; 0.25; 0.5; 1.</translation>
    </message>
    <message>
      <source>Set up the engine</source>
      <translation>Engine einrichten</translation>
    </message>
    <message>
      <source>Set up the engine…</source>
      <translation>Engine einrichten…</translation>
    </message>
    <message>
      <source>Shape of opening and closing</source>
      <translation>Form von Öffnung und Schließung</translation>
    </message>
    <message>
      <source>Sharper curves are reported.</source>
      <translation>Engere Bögen werden gemeldet.</translation>
    </message>
    <message>
      <source>Sheet</source>
      <translation>Blatt</translation>
    </message>
    <message>
      <source>Shorter changes are not reported.</source>
      <translation>Kürzere werden weggelassen.</translation>
    </message>
    <message>
      <source>Shorter sequences get no line.</source>
      <translation>Kürzere Folgen erhalten keine Strecke.</translation>
    </message>
    <message>
      <source>Shorter stretches that only one of the two has are not reported.</source>
      <translation>Kürzere Abschnitte, die nur eine der beiden hat, werden nicht gemeldet.</translation>
    </message>
    <message>
      <source>Shorter tracks without a connection are removed.</source>
      <translation>Kürzere Stücke ohne Anschluss werden weggelassen.</translation>
    </message>
    <message>
      <source>Shown beside with a slider; any of its layers, or its file.</source>
      <translation>Daneben mit einem Schieber gezeigt; eine ihrer Ebenen oder ihre Datei.</translation>
    </message>
    <message>
      <source>Shown under the map of the earlier survey.</source>
      <translation>Unter der Karte der früheren Aufnahme gezeigt.</translation>
    </message>
    <message>
      <source>Shown under the map.</source>
      <translation>Wird unter der Karte gezeigt.</translation>
    </message>
    <message>
      <source>Shown under the picture.</source>
      <translation>Unter dem Bild gezeigt.</translation>
    </message>
    <message>
      <source>Shows on a sheet where the network looked in a photo, for each of the most probable scenes. The log has their probabilities.</source>
      <translation>Zeigt auf einem Blatt für jede der wahrscheinlichsten Szenen, wohin das Netz im Foto geschaut hat. Im Protokoll stehen ihre Wahrscheinlichkeiten.</translation>
    </message>
    <message>
      <source>Shows where the network looked.</source>
      <translation>Zeigt, wohin das Netz geschaut hat.</translation>
    </message>
    <message>
      <source>Side of a view (m)</source>
      <translation>Seite einer Ansicht (m)</translation>
    </message>
    <message>
      <source>Skip events without a usable position</source>
      <translation>Ereignisse ohne brauchbare Position weglassen</translation>
    </message>
    <message>
      <source>Smaller defects are not reported.</source>
      <translation>Kleinere werden weggelassen.</translation>
    </message>
    <message>
      <source>Smaller gives more vertices.</source>
      <translation>Kleiner gibt mehr Stützpunkte.</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>Start</translation>
    </message>
    <message>
      <source>Start as text</source>
      <translation>Start als Text</translation>
    </message>
    <message>
      <source>Start the review</source>
      <translation>Durchsicht beginnen</translation>
    </message>
    <message>
      <source>Steepest gradient of a track (‰)</source>
      <translation>Größte Neigung eines Gleises (‰)</translation>
    </message>
    <message>
      <source>Stretches of lower probability get no scene.</source>
      <translation>Abschnitte mit geringerer Wahrscheinlichkeit erhalten keine Szene.</translation>
    </message>
    <message>
      <source>Such as 2026-05-01; for comparing surveys.</source>
      <translation>Etwa 2026-05-01; für den Vergleich von Aufnahmen.</translation>
    </message>
    <message>
      <source>Such as 2027-05-01; empty: as long after the last survey as the surveys are apart on average.</source>
      <translation>Etwa 2027-05-01; leer: so lange nach der letzten Aufnahme, wie die Aufnahmen im Mittel auseinanderliegen.</translation>
    </message>
    <message>
      <source>Such as 4,1,2 or 1; empty: the first three.</source>
      <translation>Etwa 4,1,2 oder 1; leer: die ersten drei.</translation>
    </message>
    <message>
      <source>Such as 6185.</source>
      <translation>Zum Beispiel 6185.</translation>
    </message>
    <message>
      <source>Such as railways of OpenStreetMap: what is farther from them is not looked at. With an area to process the intersection is taken.</source>
      <translation>Etwa Eisenbahnen aus OpenStreetMap: was weiter entfernt ist, wird nicht betrachtet. Mit einem zu bearbeitenden Gebiet gilt die Schnittmenge.</translation>
    </message>
    <message>
      <source>Such as © Name of the survey; empty: the host of the service.</source>
      <translation>Etwa © Name der Vermessung; leer: der Server des Dienstes.</translation>
    </message>
    <message>
      <source>Such events are kept, but without a track.</source>
      <translation>Solche Ereignisse bleiben, aber ohne Gleis.</translation>
    </message>
    <message>
      <source>Such photos stay in the table only.</source>
      <translation>Solche Fotos bleiben nur in der Tabelle.</translation>
    </message>
    <message>
      <source>Summary</source>
      <translation>Zusammenfassung</translation>
    </message>
    <message>
      <source>Switches and nodes</source>
      <translation>Weichen und Knoten</translation>
    </message>
    <message>
      <source>Switches and reversals of the route</source>
      <translation>Weichen und Fahrtrichtungswechsel des Fahrwegs</translation>
    </message>
    <message>
      <source>Table of positions</source>
      <translation>Tabelle der Positionen</translation>
    </message>
    <message>
      <source>Take attributes from OpenStreetMap</source>
      <translation>Attribute aus OpenStreetMap übernehmen</translation>
    </message>
    <message>
      <source>Teach scenes</source>
      <translation>Szenen lehren</translation>
    </message>
    <message>
      <source>That failed: {reason}. Correct it and press the button again.</source>
      <translation>Fehlgeschlagen: {reason}. Beheben und den Knopf erneut drücken.</translation>
    </message>
    <message>
      <source>The area to process cannot be written: {reason}</source>
      <translation>Das Gebiet kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
      <source>The area to process has no CRS: set that of its layer or give it with the extent.</source>
      <translation>Das zu verarbeitende Gebiet hat kein KBS: setzen Sie das seines Layers oder geben Sie es mit der Ausdehnung an.</translation>
    </message>
    <message>
      <source>The area to process is empty: no polygon is selected or within the extent.</source>
      <translation>Das Gebiet ist leer: kein Polygon ist gewählt oder liegt im Ausschnitt.</translation>
    </message>
    <message>
      <source>The area within these polygons is not evaluated.</source>
      <translation>Polygone, innerhalb derer nichts bewertet wird.</translation>
    </message>
    <message>
      <source>The engine is ready: railmap {version}, {path} ({found}).</source>
      <translation>Die Engine ist bereit: railmap {version}, {path} ({found}).</translation>
    </message>
    <message>
      <source>The engine's wheel file</source>
      <translation>Wheel-Datei der Engine</translation>
    </message>
    <message>
      <source>The fastest growing defects over time.</source>
      <translation>Die am schnellsten wachsenden Fehler über der Zeit.</translation>
    </message>
    <message>
      <source>The file of the map is gone: {path}</source>
      <translation>Die Datei der Karte ist nicht mehr da: {path}</translation>
    </message>
    <message>
      <source>The last post is taken back.</source>
      <translation>Der letzte Stein ist zurückgenommen.</translation>
    </message>
    <message>
      <source>The last track is taken back.</source>
      <translation>Das letzte Gleis ist zurückgenommen.</translation>
    </message>
    <message>
      <source>The layer of the tracks cannot be edited: it is read-only.</source>
      <translation>Der Layer der Gleise kann nicht bearbeitet werden: Er ist schreibgeschützt.</translation>
    </message>
    <message>
      <source>The map under review is no longer in the project; decisions are kept.</source>
      <translation>Die Karte der Durchsicht ist nicht mehr im Projekt; Entscheidungen bleiben erhalten.</translation>
    </message>
    <message>
      <source>The most probable ones.</source>
      <translation>Die wahrscheinlichsten.</translation>
    </message>
    <message>
      <source>The other images follow it, row by row.</source>
      <translation>Die anderen folgen ihm, Zeile für Zeile.</translation>
    </message>
    <message>
      <source>The other map is not OpenStreetMap</source>
      <translation>Die andere Karte ist nicht OpenStreetMap</translation>
    </message>
    <message>
      <source>The other side follows from the image.</source>
      <translation>Die andere Seite ergibt sich aus dem Bild.</translation>
    </message>
    <message>
      <source>The program {path} ({found}) does not answer as the engine of this plugin: {reason}. {remedy}</source>
      <translation>Das Programm {path} ({found}) antwortet nicht wie die Engine dieser Erweiterung: {reason}. {remedy}</translation>
    </message>
    <message>
      <source>The railmap engine cannot be started: {reason}</source>
      <translation>Die railmap-Engine kann nicht gestartet werden: {reason}</translation>
    </message>
    <message>
      <source>The railmap engine has ended: {reason}</source>
      <translation>Die railmap-Engine ist zu Ende: {reason}</translation>
    </message>
    <message>
      <source>The railmap engine is not set up yet.</source>
      <translation>Die railmap-Engine ist noch nicht eingerichtet.</translation>
    </message>
    <message>
      <source>The railmap engine is not set up: press “Set up the engine…” in the menu Plugins › Railmap (or set {variable}).</source>
      <translation>Die railmap-Engine ist nicht eingerichtet: im Menü Erweiterungen › Railmap auf „Engine einrichten…“ drücken (oder {variable} setzen).</translation>
    </message>
    <message>
      <source>The railmap engine is version {engine} ({path}), this plugin is {plugin}.</source>
      <translation>Die railmap-Engine hat Version {engine} ({path}), diese Erweiterung {plugin}.</translation>
    </message>
    <message>
      <source>The railmap engine is version {engine} ({path}), this plugin is {plugin}: press “Set up the engine…” in the menu Plugins › Railmap to install {plugin}.</source>
      <translation>Die railmap-Engine hat Version {engine} ({path}), diese Erweiterung {plugin}: im Menü Erweiterungen › Railmap auf „Engine einrichten…“ drücken, um {plugin} zu installieren.</translation>
    </message>
    <message>
      <source>The railmap engine returned no positions: {text}</source>
      <translation>Die railmap-Engine gab keine Orte aus: {text}</translation>
    </message>
    <message>
      <source>The railmap engine stopped with code {code}: {last}</source>
      <translation>Die railmap-Engine endete mit Code {code}: {last}</translation>
    </message>
    <message>
      <source>The railmap engine {path} ({found}) does not run: {reason}. {remedy}</source>
      <translation>Die railmap-Engine {path} ({found}) läuft nicht: {reason}. {remedy}</translation>
    </message>
    <message>
      <source>The rails where they are visible, or the track probability.</source>
      <translation>Die Schienen, wo man sie sieht, oder die Gleiswahrscheinlichkeit.</translation>
    </message>
    <message>
      <source>The train keeps its direction.</source>
      <translation>Der Zug behält seine Fahrtrichtung.</translation>
    </message>
    <message>
      <source>The worst ones.</source>
      <translation>Die schwersten.</translation>
    </message>
    <message>
      <source>The worst places are shown, at most this many.</source>
      <translation>Die schlimmsten Stellen werden gezeigt, höchstens so viele.</translation>
    </message>
    <message>
      <source>There is no railmap map in the project: add the layer of its tracks.</source>
      <translation>Im Projekt ist keine railmap-Karte: den Layer ihrer Gleise hinzufügen.</translation>
    </message>
    <message>
      <source>There is nothing to take back.</source>
      <translation>Es gibt nichts zurückzunehmen.</translation>
    </message>
    <message>
      <source>They are read together with the first as one mosaic.</source>
      <translation>Sie werden mit dem ersten zusammen als ein Bild gelesen.</translation>
    </message>
    <message>
      <source>This issue is not about one track: edit the map, or accept the issue.</source>
      <translation>Diese Meldung betrifft nicht ein einzelnes Gleis: die Karte bearbeiten oder die Meldung annehmen.</translation>
    </message>
    <message>
      <source>This place is outside the area of the map's CRS.</source>
      <translation>Dieser Ort liegt außerhalb des Gebiets des KBS der Karte.</translation>
    </message>
    <message>
      <source>Title</source>
      <translation>Titel</translation>
    </message>
    <message>
      <source>Title of the report</source>
      <translation>Titel des Berichts</translation>
    </message>
    <message>
      <source>To reverse, the whole train must clear the switch; 0: a point.</source>
      <translation>Zum Wenden muss der ganze Zug die Weiche geräumt haben; 0: ein Punkt.</translation>
    </message>
    <message>
      <source>Tolerances (m)</source>
      <translation>Toleranzen (m)</translation>
    </message>
    <message>
      <source>Trace tracks from a mask</source>
      <translation>Gleise aus einer Maske verfolgen</translation>
    </message>
    <message>
      <source>Traces the centrelines of a track probability or mask from any source: 0 and 1, 0 to 1 or 0 to 255.</source>
      <translation>Zeichnet die Mittellinien einer Gleiswahrscheinlichkeit oder Maske beliebiger Herkunft: 0 und 1, 0 bis 1 oder 0 bis 255.</translation>
    </message>
    <message>
      <source>Track</source>
      <translation>Gleis</translation>
    </message>
    <message>
      <source>Track areas</source>
      <translation>Gleisflächen</translation>
    </message>
    <message>
      <source>Track in a row of pixels (mm)</source>
      <translation>Gleis in einer Pixelzeile (mm)</translation>
    </message>
    <message>
      <source>Track per view (m)</source>
      <translation>Gleis je Ansicht (m)</translation>
    </message>
    <message>
      <source>Track probability</source>
      <translation>Gleiswahrscheinlichkeit</translation>
    </message>
    <message>
      <source>Tracks</source>
      <translation>Gleise</translation>
    </message>
    <message>
      <source>Tracks farther apart are different ones.</source>
      <translation>Was weiter auseinander liegt, ist ein anderes Gleis.</translation>
    </message>
    <message>
      <source>Tracks of OpenStreetMap</source>
      <translation>Gleise von OpenStreetMap</translation>
    </message>
    <message>
      <source>Tracks to evaluate</source>
      <translation>Zu bewertende Gleise</translation>
    </message>
    <message>
      <source>Tracks with a lower confidence are reviewed.</source>
      <translation>Gleise mit geringerer Konfidenz werden durchgesehen.</translation>
    </message>
    <message>
      <source>Two or more, in any order; of each any of its layers, or its file.</source>
      <translation>Zwei oder mehr, in beliebiger Reihenfolge; von jeder eine ihrer Ebenen oder ihre Datei.</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>Rückgängig</translation>
    </message>
    <message>
      <source>Unit of the heights</source>
      <translation>Einheit der Höhen</translation>
    </message>
    <message>
      <source>Use a program that is there…</source>
      <translation>Vorhandenes Programm verwenden…</translation>
    </message>
    <message>
      <source>Use the GPS position in each image</source>
      <translation>Die GPS-Position in jedem Bild nehmen</translation>
    </message>
    <message>
      <source>Use the map</source>
      <translation>Karte verwenden</translation>
    </message>
    <message>
      <source>Vertical alignment</source>
      <translation>Gradiente</translation>
    </message>
    <message>
      <source>Views</source>
      <translation>Ansichten</translation>
    </message>
    <message>
      <source>Views are square, with the track in the middle.</source>
      <translation>Ansichten sind quadratisch, mit dem Gleis in der Mitte.</translation>
    </message>
    <message>
      <source>Web page</source>
      <translation>Webseite</translation>
    </message>
    <message>
      <source>What {path} installs does not answer as the engine of this plugin: {reason}. Choose another wheel file.</source>
      <translation>Was {path} installiert, antwortet nicht wie die Engine dieser Erweiterung: {reason}. Eine andere Wheel-Datei wählen.</translation>
    </message>
    <message>
      <source>Wheel file</source>
      <translation>Wheel-Datei</translation>
    </message>
    <message>
      <source>Where the model is steeper it is not the height of the track.</source>
      <translation>Wo das Modell steiler ist, ist es nicht die Höhe des Gleises.</translation>
    </message>
    <message>
      <source>Who must be named as its source</source>
      <translation>Wer als Quelle zu nennen ist</translation>
    </message>
    <message>
      <source>Widest gap that is bridged (m)</source>
      <translation>Größte überbrückte Lücke (m)</translation>
    </message>
    <message>
      <source>Width of the rail head (mm)</source>
      <translation>Breite des Schienenkopfs (mm)</translation>
    </message>
    <message>
      <source>With a post that is farther away nothing is written.</source>
      <translation>Ist ein Stein weiter entfernt, wird nichts geschrieben.</translation>
    </message>
    <message>
      <source>With one folder of photos for each scene, named after it.</source>
      <translation>Mit einem Ordner voll Fotos je Szene, nach ihr benannt.</translation>
    </message>
    <message>
      <source>With polygons, their intersection with the extent is used.</source>
      <translation>Mit Polygonen zusammen zählt nur, was in beiden liegt.</translation>
    </message>
    <message>
      <source>With the next parameter: the start of the first image.</source>
      <translation>Mit dem nächsten: wo das erste Bild beginnt.</translation>
    </message>
    <message>
      <source>Without reversing</source>
      <translation>Ohne Fahrtrichtungswechsel</translation>
    </message>
    <message>
      <source>Writes a map as GeoJSON, FlatGeobuf, OSM XML for JOSM, DXF, LandXML or IFC with alignments, RINF as Turtle, CSV of its events, or a QGIS project. The suffix of the file decides.</source>
      <translation>Schreibt eine Karte als GeoJSON, FlatGeobuf, OSM-XML für JOSM, DXF, LandXML oder IFC mit Trassierung, RINF als Turtle, CSV ihrer Ereignisse oder QGIS-Projekt. Die Endung der Datei entscheidet.</translation>
    </message>
    <message>
      <source>Writes a report of a survey as one HTML file for reading and printing: tables of tracks, switches, defects and issues, changes since an earlier survey, and pictures of the worst places.</source>
      <translation>Schreibt einen Bericht über eine Aufnahme als eine HTML-Datei zum Lesen und Drucken: Tabellen von Gleisen, Weichen, Fehlern und Hinweisen, Änderungen seit einer früheren Aufnahme und Bilder der schlimmsten Stellen.</translation>
    </message>
    <message>
      <source>Writes the map as a folder that any web server shows: vector tiles and a page with layers, popups and search.</source>
      <translation>Schreibt die Karte als Ordner, den jeder Webserver zeigt: Vektorkacheln und eine Seite mit Layern, Auskunft und Suche.</translation>
    </message>
    <message>
      <source>Writes the track probability of each pixel: 0 to 254, and 255 where there is no image. “Trace tracks from a mask” traces lines from it.</source>
      <translation>Schreibt, wie wahrscheinlich jedes Pixel Gleis ist: 0 bis 254, und 255, wo kein Bild ist. „Gleise aus einer Maske verfolgen“ macht daraus Linien.</translation>
    </message>
    <message>
      <source>accepted</source>
      <translation>angenommen</translation>
    </message>
    <message>
      <source>cannot create environments (on Debian and Ubuntu: install python3-venv)</source>
      <translation>kann keine Umgebungen anlegen (auf Debian und Ubuntu: python3-venv installieren)</translation>
    </message>
    <message>
      <source>chosen in “Set up the engine”</source>
      <translation>in „Engine einrichten“ gewählt</translation>
    </message>
    <message>
      <source>confidence unknown</source>
      <translation>Konfidenz unbekannt</translation>
    </message>
    <message>
      <source>confidence {value}</source>
      <translation>Konfidenz {value}</translation>
    </message>
    <message>
      <source>defect, scene_event or any name; empty: derived from the columns or the file name.</source>
      <translation>defect, scene_event oder ein beliebiger Name; leer: nach Spalten oder Namen.</translation>
    </message>
    <message>
      <source>exit code {code}</source>
      <translation>Rückgabewert {code}</translation>
    </message>
    <message>
      <source>fixed</source>
      <translation>behoben</translation>
    </message>
    <message>
      <source>installed by this plugin</source>
      <translation>von dieser Erweiterung installiert</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>keine Antwort</translation>
    </message>
    <message>
      <source>no answer in {seconds} s</source>
      <translation>keine Antwort in {seconds} s</translation>
    </message>
    <message>
      <source>node_id, or x,y in the CRS of the map; separated by semicolons.</source>
      <translation>node_id oder x,y im KBS der Karte; durch Semikolons getrennt.</translation>
    </message>
    <message>
      <source>not 64 bit</source>
      <translation>nicht 64 Bit</translation>
    </message>
    <message>
      <source>now km {km}</source>
      <translation>jetzt km {km}</translation>
    </message>
    <message>
      <source>older than Python {oldest}</source>
      <translation>älter als Python {oldest}</translation>
    </message>
    <message>
      <source>other JSON: {text}</source>
      <translation>anderes JSON: {text}</translation>
    </message>
    <message>
      <source>railmap program or Python with railmap</source>
      <translation>Programm railmap oder Python mit railmap</translation>
    </message>
    <message>
      <source>railway,OpenStreetMap,conflation,attributes,name</source>
      <translation>Eisenbahn,OpenStreetMap,Abgleich,Attribute,Name</translation>
    </message>
    <message>
      <source>railway,accuracy,completeness,correctness,quality</source>
      <translation>Eisenbahn,Genauigkeit,Vollständigkeit,Korrektheit,Qualität</translation>
    </message>
    <message>
      <source>railway,chainage,kilometre,milestone,linear referencing</source>
      <translation>Eisenbahn,Kilometrierung,Kilometer,Kilometerstein,lineare Referenzierung</translation>
    </message>
    <message>
      <source>railway,change detection,survey,defect,growth</source>
      <translation>Eisenbahn,Änderungen,Aufnahme,Fehler,Wachstum</translation>
    </message>
    <message>
      <source>railway,defect,growth,forecast,survey,time series</source>
      <translation>Eisenbahn,Fehler,Wachstum,Vorhersage,Aufnahme,Zeitreihe</translation>
    </message>
    <message>
      <source>railway,export,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV</source>
      <translation>Eisenbahn,Export,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV</translation>
    </message>
    <message>
      <source>railway,height,elevation,gradient,profile</source>
      <translation>Eisenbahn,Höhe,Gelände,Neigung,Gradiente</translation>
    </message>
    <message>
      <source>railway,line,path,chainage,linear referencing</source>
      <translation>Eisenbahn,Strecke,Weg,Kilometrierung,lineare Referenzierung</translation>
    </message>
    <message>
      <source>railway,linear referencing,chainage,kilometre,milestone</source>
      <translation>Eisenbahn,lineare Referenzierung,Kilometrierung,Kilometer,Kilometerstein</translation>
    </message>
    <message>
      <source>railway,linear referencing,defect,chainage,photo</source>
      <translation>Eisenbahn,lineare Referenzierung,Fehler,Kilometrierung,Foto</translation>
    </message>
    <message>
      <source>railway,photo,scene,classification,deep learning,Grad-CAM</source>
      <translation>Eisenbahn,Foto,Szene,Klassifikation,Deep Learning,Grad-CAM</translation>
    </message>
    <message>
      <source>railway,photo,scene,classification,training</source>
      <translation>Eisenbahn,Foto,Szene,Klassifizierung,Training</translation>
    </message>
    <message>
      <source>railway,photo,scene,explanation,CAM,Grad-CAM</source>
      <translation>Eisenbahn,Foto,Szene,Erklärung,CAM,Grad-CAM</translation>
    </message>
    <message>
      <source>railway,preview,picture,map</source>
      <translation>Eisenbahn,Vorschau,Bild,Karte</translation>
    </message>
    <message>
      <source>railway,rail,surface,defect,squat,line scan,deep learning,segmentation</source>
      <translation>Eisenbahn,Schiene,Oberfläche,Fehler,Squat,Zeilenkamera,Deep Learning,Segmentierung</translation>
    </message>
    <message>
      <source>railway,rail,track,centreline,skeleton,vectorize</source>
      <translation>Eisenbahn,Schiene,Gleis,Mittellinie,Skelett,vektorisieren</translation>
    </message>
    <message>
      <source>railway,rail,track,centreline,vectorize,deep learning,segmentation</source>
      <translation>Eisenbahn,Schiene,Gleis,Mittellinie,vektorisieren,Deep Learning,Segmentierung</translation>
    </message>
    <message>
      <source>railway,rail,track,probability,deep learning,segmentation</source>
      <translation>Eisenbahn,Schiene,Gleis,Wahrscheinlichkeit,Deep Learning,Segmentierung</translation>
    </message>
    <message>
      <source>railway,report,HTML,survey,defect</source>
      <translation>Bahn,Bericht,HTML,Aufnahme,Fehler</translation>
    </message>
    <message>
      <source>railway,route,path,switch,reversal,shunting</source>
      <translation>Eisenbahn,Fahrweg,Route,Weiche,Fahrtrichtungswechsel,Rangieren</translation>
    </message>
    <message>
      <source>railway,scene,classification,orthophoto,deep learning</source>
      <translation>Eisenbahn,Szene,Klassifizierung,Orthofoto,Deep Learning</translation>
    </message>
    <message>
      <source>railway,scene,training,orthophoto</source>
      <translation>Eisenbahn,Szene,Training,Orthofoto</translation>
    </message>
    <message>
      <source>railway,topology,quality,validate</source>
      <translation>Eisenbahn,Topologie,Qualität,prüfen</translation>
    </message>
    <message>
      <source>railway,web,tiles,pmtiles,maplibre</source>
      <translation>Eisenbahn,Web,Kacheln,pmtiles,maplibre</translation>
    </message>
    <message>
      <source>rejected</source>
      <translation>verworfen</translation>
    </message>
    <message>
      <source>the identity “{identity}”</source>
      <translation>die Kennung „{identity}“</translation>
    </message>
    <message>
      <source>{done} of {count}</source>
      <translation>{done} von {count}</translation>
    </message>
    <message>
      <source>{length} m of track added; U takes it back.</source>
      <translation>{length} m Gleis hinzugefügt; U nimmt es zurück.</translation>
    </message>
    <message>
      <source>{length} m of track found, {unseen} m of it unseen. Enter keeps it, Esc drops it.</source>
      <translation>{length} m Gleis gefunden, davon {unseen} m nicht sichtbar. Enter übernimmt es, Esc verwirft es.</translation>
    </message>
    <message>
      <source>{name}: {path} must be a file that ends in {suffix}.</source>
      <translation>{name}: {path} muss eine Datei sein, die auf {suffix} endet.</translation>
    </message>
    <message>
      <source>{path} does not have its SHA-256: get the plugin again.</source>
      <translation>{path} hat nicht seine SHA-256-Summe: das Plugin neu beziehen.</translation>
    </message>
    <message>
      <source>{path} is in use: end running algorithms and press the button again.</source>
      <translation>{path} ist in Gebrauch: laufende Algorithmen beenden und den Knopf erneut drücken.</translation>
    </message>
    <message>
      <source>{path} is no Python.</source>
      <translation>{path} ist kein Python.</translation>
    </message>
    <message>
      <source>{path} is not the engine's wheel file: its name must be {pattern}.</source>
      <translation>{path} ist nicht die Wheel-Datei der Engine: ihr Name muss {pattern} sein.</translation>
    </message>
    <message>
      <source>{path} is not there.</source>
      <translation>{path} gibt es nicht.</translation>
    </message>
    <message>
      <source>{path}: cannot be written or run: {reason}</source>
      <translation>{path}: kann nicht geschrieben oder ausgeführt werden: {reason}</translation>
    </message>
    <message>
      <source>“{words}” gave {answer}</source>
      <translation>„{words}“ ergab {answer}</translation>
    </message>
  </context>
</TS>
