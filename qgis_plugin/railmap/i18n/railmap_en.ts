<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
  <context>
    <name>Railmap</name>
    <message>
      <source>.geojson, .fgb, .osm, .dxf, .xml, .ifc, .ttl, .csv or .qgz.</source>
      <translation>.geojson, .fgb, .osm, .dxf, .xml, .ifc, .ttl, .csv or .qgz.</translation>
    </message>
    <message>
      <source>0: they follow without a gap.</source>
      <translation>0: they follow without a gap.</translation>
    </message>
    <message>
      <source>50 m hold a line drawn some 10 m off and eight parallel tracks on each side.</source>
      <translation>50 m hold a line drawn some 10 m off and eight parallel tracks on each side.</translation>
    </message>
    <message>
      <source>72 for the rail 60E1.</source>
      <translation>72 for the rail 60E1.</translation>
    </message>
    <message>
      <source>A disc is the same in all directions.</source>
      <translation>A disc is the same in all directions.</translation>
    </message>
    <message>
      <source>A kilometre that is longer or shorter by more than this is a jump.</source>
      <translation>A kilometre that is longer or shorter by more than this is a jump.</translation>
    </message>
    <message>
      <source>A map or any line layer taken as true.</source>
      <translation>A map or any line layer taken as true.</translation>
    </message>
    <message>
      <source>A map or any line layer.</source>
      <translation>A map or any line layer.</translation>
    </message>
    <message>
      <source>A page with images.</source>
      <translation>A page with images.</translation>
    </message>
    <message>
      <source>A view is cut from the image each time after this length of track.</source>
      <translation>A view is cut from the image each time after this length of track.</translation>
    </message>
    <message>
      <source>Accept</source>
      <translation>Accept</translation>
    </message>
    <message>
      <source>Accept: the track is right; it stays as it is when the image is mapped again. An issue is none. Reject: there is no track; it is removed and does not come back. Edit: change the track in QGIS; saving the edits counts as fixed. Fixed: the fault is corrected. Every decision is stored in the map at once; Undo takes back those of this session. Labels writes the decided places for “railmap train tracks”. The keys work while the panel has the focus: click on it.</source>
      <translation>Accept: the track is right; it stays as it is when the image is mapped again. An issue is none. Reject: there is no track; it is removed and does not come back. Edit: change the track in QGIS; saving the edits counts as fixed. Fixed: the fault is corrected. Every decision is stored in the map at once; Undo takes back those of this session. Labels writes the decided places for “railmap train tracks”. The keys work while the panel has the focus: click on it.</translation>
    </message>
    <message>
      <source>Accuracy of the model (m)</source>
      <translation>Accuracy of the model (m)</translation>
    </message>
    <message>
      <source>Accuracy of the positions (m)</source>
      <translation>Accuracy of the positions (m)</translation>
    </message>
    <message>
      <source>Across, or across,along the rail; empty: from the width of the rail head.</source>
      <translation>Across, or across,along the rail; empty: from the width of the rail head.</translation>
    </message>
    <message>
      <source>Add kilometre posts</source>
      <translation>Add kilometre posts</translation>
    </message>
    <message>
      <source>Add kilometre posts by clicks</source>
      <translation>Add kilometre posts by clicks</translation>
    </message>
    <message>
      <source>Add line</source>
      <translation>Add line</translation>
    </message>
    <message>
      <source>Add lines automatically</source>
      <translation>Add lines automatically</translation>
    </message>
    <message>
      <source>Added to the time in the images, for the track log.</source>
      <translation>Added to the time in the images, for the track log.</translation>
    </message>
    <message>
      <source>Adds a line along each sequence of tracks that continues straight through its switches. A line takes the number that most of its tracks have; the others are numbered from the longest to the shortest.</source>
      <translation>Adds a line along each sequence of tracks that continues straight through its switches. A line takes the number that most of its tracks have; the others are numbered from the longest to the shortest.</translation>
    </message>
    <message>
      <source>Adds a railway line to a map: the shortest path between two nodes, without reversing. Its chainage is in metres from the start until “Add kilometre posts” calibrates it.</source>
      <translation>Adds a railway line to a map: the shortest path between two nodes, without reversing. Its chainage is in metres from the start until “Add kilometre posts” calibrates it.</translation>
    </message>
    <message>
      <source>Adds kilometre posts to a line of a map and calibrates its chainage with them. The log has posts that do not fit and kilometres that are longer or shorter than 1000 m.</source>
      <translation>Adds kilometre posts to a line of a map and calibrates its chainage with them. The log has posts that do not fit and kilometres that are longer or shorter than 1000 m.</translation>
    </message>
    <message>
      <source>Alignment</source>
      <translation>Alignment</translation>
    </message>
    <message>
      <source>Along the line, of the same scene.</source>
      <translation>Along the line, of the same scene.</translation>
    </message>
    <message>
      <source>Along the track.</source>
      <translation>Along the track.</translation>
    </message>
    <message>
      <source>An engine of its own takes 1.1 GB of disk, with the packages that it needs; downloading and installing takes some minutes.</source>
      <translation>An engine of its own takes 1.1 GB of disk, with the packages that it needs; downloading and installing takes some minutes.</translation>
    </message>
    <message>
      <source>Another number divides the photos otherwise.</source>
      <translation>Another number divides the photos otherwise.</translation>
    </message>
    <message>
      <source>Any layer of the map, or its GeoPackage.</source>
      <translation>Any layer of the map, or its GeoPackage.</translation>
    </message>
    <message>
      <source>Any layer of the map, or its GeoPackage; it is changed. Empty: results are not placed on a map.</source>
      <translation>Any layer of the map, or its GeoPackage; it is changed. Empty: results are not placed on a map.</translation>
    </message>
    <message>
      <source>Any of its layers, or its file.</source>
      <translation>Any of its layers, or its file.</translation>
    </message>
    <message>
      <source>Any vector layer, or a table with line and km; optionally the selected features only.</source>
      <translation>Any vector layer, or a table with line and km; optionally the selected features only.</translation>
    </message>
    <message>
      <source>Area to evaluate</source>
      <translation>Area to evaluate</translation>
    </message>
    <message>
      <source>Area to process</source>
      <translation>Area to process</translation>
    </message>
    <message>
      <source>Areas to ignore</source>
      <translation>Areas to ignore</translation>
    </message>
    <message>
      <source>As in the layer railway_line of the map.</source>
      <translation>As in the layer railway_line of the map.</translation>
    </message>
    <message>
      <source>As on the post; metres beyond it after “+”.</source>
      <translation>As on the post; metres beyond it after “+”.</translation>
    </message>
    <message>
      <source>Attach events to tracks</source>
      <translation>Attach events to tracks</translation>
    </message>
    <message>
      <source>Bands used as red, green, blue</source>
      <translation>Bands used as red, green, blue</translation>
    </message>
    <message>
      <source>Basemaps of other servers</source>
      <translation>Basemaps of other servers</translation>
    </message>
    <message>
      <source>Bridges, trees and trains hide tracks; bridged parts are dashed. Next to a parallel track gaps up to four times as wide are bridged.</source>
      <translation>Bridges, trees and trains hide tracks; bridged parts are dashed. Next to a parallel track gaps up to four times as wide are bridged.</translation>
    </message>
    <message>
      <source>CPU threads</source>
      <translation>CPU threads</translation>
    </message>
    <message>
      <source>CRS of x and y in the table</source>
      <translation>CRS of x and y in the table</translation>
    </message>
    <message>
      <source>CSV with the column image, and lon, lat or x, y or line, km.</source>
      <translation>CSV with the column image, and lon, lat or x, y or line, km.</translation>
    </message>
    <message>
      <source>CSV.</source>
      <translation>CSV.</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancel</translation>
    </message>
    <message>
      <source>Cancelled; no partial output remains.</source>
      <translation>Cancelled; no partial output remains.</translation>
    </message>
    <message>
      <source>Cancelled; nothing was installed.</source>
      <translation>Cancelled; nothing was installed.</translation>
    </message>
    <message>
      <source>Chainage, defects and scenes</source>
      <translation>Chainage, defects and scenes</translation>
    </message>
    <message>
      <source>Changes</source>
      <translation>Changes</translation>
    </message>
    <message>
      <source>Changes of defects</source>
      <translation>Changes of defects</translation>
    </message>
    <message>
      <source>Changes of switches and nodes</source>
      <translation>Changes of switches and nodes</translation>
    </message>
    <message>
      <source>Changes of tracks</source>
      <translation>Changes of tracks</translation>
    </message>
    <message>
      <source>Changes the later map: corresponding objects take the earlier ids.</source>
      <translation>Changes the later map: corresponding objects take the earlier ids.</translation>
    </message>
    <message>
      <source>Check map</source>
      <translation>Check map</translation>
    </message>
    <message>
      <source>Checks topology, measures and values of a map. Issues are written to the layer qa_issue of the map and to the log.</source>
      <translation>Checks topology, measures and values of a map. Issues are written to the layer qa_issue of the map and to the log.</translation>
    </message>
    <message>
      <source>Choose a wheel file</source>
      <translation>Choose a wheel file</translation>
    </message>
    <message>
      <source>Choose another Python</source>
      <translation>Choose another Python</translation>
    </message>
    <message>
      <source>Choose {pattern}; “pip wheel --no-deps .” in a clone builds one.</source>
      <translation>Choose {pattern}; “pip wheel --no-deps .” in a clone builds one.</translation>
    </message>
    <message>
      <source>Classifies each stretch of the tracks in an orthophoto, seen from above. The scenes are written to the layer scene_event of the map. The model must be made from such views: “Cut views along tracks”, then “Teach scenes”.</source>
      <translation>Classifies each stretch of the tracks in an orthophoto, seen from above. The scenes are written to the layer scene_event of the map. The model must be made from such views: “Cut views along tracks”, then “Teach scenes”.</translation>
    </message>
    <message>
      <source>Classifies railway photos: platform, tunnel, bridge, crossing and others. With a map, photos with a GPS position are placed on its tracks; successive photos of one class along a line become a stretch.</source>
      <translation>Classifies railway photos: platform, tunnel, bridge, crossing and others. With a map, photos with a GPS position are placed on its tracks; successive photos of one class along a line become a stretch.</translation>
    </message>
    <message>
      <source>Classify railway photos</source>
      <translation>Classify railway photos</translation>
    </message>
    <message>
      <source>Classify scenes along tracks</source>
      <translation>Classify scenes along tracks</translation>
    </message>
    <message>
      <source>Compare two surveys</source>
      <translation>Compare two surveys</translation>
    </message>
    <message>
      <source>Confidence below</source>
      <translation>Confidence below</translation>
    </message>
    <message>
      <source>Converts a kilometre, such as “6185 km 12.400 +3.2”, to a position, or a position to a kilometre. The map needs a line with chainage.</source>
      <translation>Converts a kilometre, such as “6185 km 12.400 +3.2”, to a position, or a position to a kilometre. The map needs a line with chainage.</translation>
    </message>
    <message>
      <source>Copy the log</source>
      <translation>Copy the log</translation>
    </message>
    <message>
      <source>Correct the variable {variable} or remove it.</source>
      <translation>Correct the variable {variable} or remove it.</translation>
    </message>
    <message>
      <source>Create the map</source>
      <translation>Create the map</translation>
    </message>
    <message>
      <source>Cut views along tracks</source>
      <translation>Cut views along tracks</translation>
    </message>
    <message>
      <source>Cuts the views that “Classify scenes along tracks” classifies, as pictures. Sort them into a folder for each scene, and teach a model with “Teach scenes”.</source>
      <translation>Cuts the views that “Classify scenes along tracks” classifies, as pictures. Sort them into a folder for each scene, and teach a model with “Teach scenes”.</translation>
    </message>
    <message>
      <source>Day of the forecast</source>
      <translation>Day of the forecast</translation>
    </message>
    <message>
      <source>Day of the survey</source>
      <translation>Day of the survey</translation>
    </message>
    <message>
      <source>Defect outlines</source>
      <translation>Defect outlines</translation>
    </message>
    <message>
      <source>Defects</source>
      <translation>Defects</translation>
    </message>
    <message>
      <source>Defects farther apart are different ones.</source>
      <translation>Defects farther apart are different ones.</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>Device</translation>
    </message>
    <message>
      <source>Device of the network; auto takes the fastest available.</source>
      <translation>Device of the network; auto takes the fastest available.</translation>
    </message>
    <message>
      <source>Digitise track</source>
      <translation>Digitise track</translation>
    </message>
    <message>
      <source>Distance from these lines (m)</source>
      <translation>Distance from these lines (m)</translation>
    </message>
    <message>
      <source>Distance of the heights (m)</source>
      <translation>Distance of the heights (m)</translation>
    </message>
    <message>
      <source>Draw map over image</source>
      <translation>Draw map over image</translation>
    </message>
    <message>
      <source>Draws a map over its image, as a picture for a report or a quick look.</source>
      <translation>Draws a map over its image, as a picture for a report or a quick look.</translation>
    </message>
    <message>
      <source>Each image is at a lower kilometre than the previous one.</source>
      <translation>Each image is at a lower kilometre than the previous one.</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>Edit</translation>
    </message>
    <message>
      <source>Elevation model</source>
      <translation>Elevation model</translation>
    </message>
    <message>
      <source>Empty: T, for T1, T2 and so on.</source>
      <translation>Empty: T, for T1, T2 and so on.</translation>
    </message>
    <message>
      <source>Empty: all.</source>
      <translation>Empty: all.</translation>
    </message>
    <message>
      <source>Empty: that which the model states.</source>
      <translation>Empty: that which the model states.</translation>
    </message>
    <message>
      <source>Empty: the coarsest that is fine enough for the model.</source>
      <translation>Empty: the coarsest that is fine enough for the model.</translation>
    </message>
    <message>
      <source>Empty: the images that the map names.</source>
      <translation>Empty: the images that the map names.</translation>
    </message>
    <message>
      <source>Empty: the map's name.</source>
      <translation>Empty: the map's name.</translation>
    </message>
    <message>
      <source>Empty: the map's.</source>
      <translation>Empty: the map's.</translation>
    </message>
    <message>
      <source>Empty: the name of the map.</source>
      <translation>Empty: the name of the map.</translation>
    </message>
    <message>
      <source>End</source>
      <translation>End</translation>
    </message>
    <message>
      <source>End as text</source>
      <translation>End as text</translation>
    </message>
    <message>
      <source>Evaluate against reference</source>
      <translation>Evaluate against reference</translation>
    </message>
    <message>
      <source>Evaluates lines, switches and paths of a map against a reference: completeness, correctness, offsets. The tables are in the log.</source>
      <translation>Evaluates lines, switches and paths of a map against a reference: completeness, correctness, offsets. The tables are in the log.</translation>
    </message>
    <message>
      <source>Events</source>
      <translation>Events</translation>
    </message>
    <message>
      <source>Everything is reviewed.</source>
      <translation>Everything is reviewed.</translation>
    </message>
    <message>
      <source>Examine each image once</source>
      <translation>Examine each image once</translation>
    </message>
    <message>
      <source>Explain the scene of a photo</source>
      <translation>Explain the scene of a photo</translation>
    </message>
    <message>
      <source>Explained in addition, separated by semicolons.</source>
      <translation>Explained in addition, separated by semicolons.</translation>
    </message>
    <message>
      <source>Export map</source>
      <translation>Export map</translation>
    </message>
    <message>
      <source>Exported map</source>
      <translation>Exported map</translation>
    </message>
    <message>
      <source>Extent to process</source>
      <translation>Extent to process</translation>
    </message>
    <message>
      <source>Extract rail tracks</source>
      <translation>Extract rail tracks</translation>
    </message>
    <message>
      <source>Extracts the centreline of every railway track in a drone or satellite image, joined at switches, into a styled GeoPackage. The map is in the CRS of the image if that is in metres, else in UTM.</source>
      <translation>Extracts the centreline of every railway track in a drone or satellite image, joined at switches, into a styled GeoPackage. The map is in the CRS of the image if that is in metres, else in UTM.</translation>
    </message>
    <message>
      <source>Fills gaps and holes narrower than twice the radius, after the opening; 0: none.</source>
      <translation>Fills gaps and holes narrower than twice the radius, after the opening; 0: none.</translation>
    </message>
    <message>
      <source>Find route</source>
      <translation>Find route</translation>
    </message>
    <message>
      <source>Finds defects in images of the rail head from above and measures them: area, length, severity. With a map and the positions of the images (line and kilometre, a table, a track log or their own GPS), the defects are also placed on its tracks.</source>
      <translation>Finds defects in images of the rail head from above and measures them: area, length, severity. With a map and the positions of the images (line and kilometre, a table, a track log or their own GPS), the defects are also placed on its tracks.</translation>
    </message>
    <message>
      <source>Finds the route of a train with the fewest reversals, and of these the shortest. A train passes a switch between toe and leg only and a crossing straight on or over a slip. The route comes with its links, the switches with their position, and the reversals.</source>
      <translation>Finds the route of a train with the fewest reversals, and of these the shortest. A train passes a switch between toe and leg only and a crossing straight on or over a slip. The route comes with its links, the switches with their position, and the reversals.</translation>
    </message>
    <message>
      <source>Finds tracks and switches that are new, removed, moved or changed between two maps of the same place, and defects that are new, grown or repaired. The changes are written to a GeoPackage.</source>
      <translation>Finds tracks and switches that are new, removed, moved or changed between two maps of the same place, and defects that are new, grown or repaired. The changes are written to a GeoPackage.</translation>
    </message>
    <message>
      <source>Fit the centreline to</source>
      <translation>Fit the centreline to</translation>
    </message>
    <message>
      <source>Fixed</source>
      <translation>Fixed</translation>
    </message>
    <message>
      <source>Folder of images</source>
      <translation>Folder of images</translation>
    </message>
    <message>
      <source>Folder of photos</source>
      <translation>Folder of photos</translation>
    </message>
    <message>
      <source>Folder of sorted photos</source>
      <translation>Folder of sorted photos</translation>
    </message>
    <message>
      <source>Folder, new or one with a map published before.</source>
      <translation>Folder, new or one with a map published before.</translation>
    </message>
    <message>
      <source>Follow defects through surveys</source>
      <translation>Follow defects through surveys</translation>
    </message>
    <message>
      <source>Follows defects through the maps of two or more surveys: area at each survey, growth, and from three surveys on a forecast. The maps need attached defects with a day of the survey.</source>
      <translation>Follows defects through the maps of two or more surveys: area at each survey, growth, and from three surveys on a forecast. The maps need attached defects with a day of the survey.</translation>
    </message>
    <message>
      <source>For GeoJSON and FlatGeobuf, empty: railway_link; for CSV a layer of events, empty: all. Other formats have the whole map.</source>
      <translation>For GeoJSON and FlatGeobuf, empty: railway_link; for CSV a layer of events, empty: all. Other formats have the whole map.</translation>
    </message>
    <message>
      <source>For the changes; any of its layers, or its file.</source>
      <translation>For the changes; any of its layers, or its file.</translation>
    </message>
    <message>
      <source>Forget it</source>
      <translation>Forget it</translation>
    </message>
    <message>
      <source>Free text.</source>
      <translation>Free text.</translation>
    </message>
    <message>
      <source>Further scenes</source>
      <translation>Further scenes</translation>
    </message>
    <message>
      <source>GPS track log</source>
      <translation>GPS track log</translation>
    </message>
    <message>
      <source>GPX, or CSV with time, lon, lat; matched by the time of each image.</source>
      <translation>GPX, or CSV with time, lon, lat; matched by the time of each image.</translation>
    </message>
    <message>
      <source>GeoPackage with all layers.</source>
      <translation>GeoPackage with all layers.</translation>
    </message>
    <message>
      <source>GeoPackage with one row per photo.</source>
      <translation>GeoPackage with one row per photo.</translation>
    </message>
    <message>
      <source>GeoPackage with the defects, their outlines in pixels, and a table of the images.</source>
      <translation>GeoPackage with the defects, their outlines in pixels, and a table of the images.</translation>
    </message>
    <message>
      <source>GeoTIFF with values 0 to 254 and 255 where there is no image.</source>
      <translation>GeoTIFF with values 0 to 254 and 255 where there is no image.</translation>
    </message>
    <message>
      <source>GeoTIFF.</source>
      <translation>GeoTIFF.</translation>
    </message>
    <message>
      <source>Georeferenced image, 0.8 to 60 cm per pixel, or an XYZ, WMTS or WMS layer: then give the extent to process and the licence.</source>
      <translation>Georeferenced image, 0.8 to 60 cm per pixel, or an XYZ, WMTS or WMS layer: then give the extent to process and the licence.</translation>
    </message>
    <message>
      <source>Give one of these: {names}.</source>
      <translation>Give one of these: {names}.</translation>
    </message>
    <message>
      <source>Give the later map the ids of the earlier one</source>
      <translation>Give the later map the ids of the earlier one</translation>
    </message>
    <message>
      <source>Gives the tracks of a map heights, gradients and a vertical alignment of constant gradients and parabolas. Bridges, tunnels, gaps in the model and what is too steep for a track are bridged and marked.</source>
      <translation>Gives the tracks of a map heights, gradients and a vertical alignment of constant gradients and parabolas. Bridges, tunnels, gaps in the model and what is too steep for a track are bridged and marked.</translation>
    </message>
    <message>
      <source>Gives the tracks of a map the names, numbers, usage, service and electrification of the same tracks in OpenStreetMap, and reports tracks that only one of the two has. The licence of the data (ODbL) is stored in the map.</source>
      <translation>Gives the tracks of a map the names, numbers, usage, service and electrification of the same tracks in OpenStreetMap, and reports tracks that only one of the two has. The licence of the data (ODbL) is stored in the map.</translation>
    </message>
    <message>
      <source>Growth</source>
      <translation>Growth</translation>
    </message>
    <message>
      <source>Heights</source>
      <translation>Heights</translation>
    </message>
    <message>
      <source>Heights from an elevation model</source>
      <translation>Heights from an elevation model</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>Help</translation>
    </message>
    <message>
      <source>Image</source>
      <translation>Image</translation>
    </message>
    <message>
      <source>Image beneath</source>
      <translation>Image beneath</translation>
    </message>
    <message>
      <source>Image for the pictures</source>
      <translation>Image for the pictures</translation>
    </message>
    <message>
      <source>Image of the earlier survey</source>
      <translation>Image of the earlier survey</translation>
    </message>
    <message>
      <source>Image of the result</source>
      <translation>Image of the result</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>Images</translation>
    </message>
    <message>
      <source>Images in the direction of falling kilometres</source>
      <translation>Images in the direction of falling kilometres</translation>
    </message>
    <message>
      <source>Instead of a line, a table or a track log.</source>
      <translation>Instead of a line, a table or a track log.</translation>
    </message>
    <message>
      <source>Instead of events: photos with a GPS position.</source>
      <translation>Instead of events: photos with a GPS position.</translation>
    </message>
    <message>
      <source>Instead of six times: four times as fast, finds less.</source>
      <translation>Instead of six times: four times as fast, finds less.</translation>
    </message>
    <message>
      <source>Instead of the point: a node_id, or a kilometre: 6185 km 12.430.</source>
      <translation>Instead of the point: a node_id, or a kilometre: 6185 km 12.430.</translation>
    </message>
    <message>
      <source>Instead of the point: a node_id, or its first characters.</source>
      <translation>Instead of the point: a node_id, or its first characters.</translation>
    </message>
    <message>
      <source>Its kilometre posts are deleted too.</source>
      <translation>Its kilometre posts are deleted too.</translation>
    </message>
    <message>
      <source>JPEG and other photos.</source>
      <translation>JPEG and other photos.</translation>
    </message>
    <message>
      <source>JPEG, PNG, TIFF or WebP.</source>
      <translation>JPEG, PNG, TIFF or WebP.</translation>
    </message>
    <message>
      <source>JSON.</source>
      <translation>JSON.</translation>
    </message>
    <message>
      <source>Keep the folders of images</source>
      <translation>Keep the folders of images</translation>
    </message>
    <message>
      <source>Kilometre</source>
      <translation>Kilometre</translation>
    </message>
    <message>
      <source>Kilometre at the start of the first image (km)</source>
      <translation>Kilometre at the start of the first image (km)</translation>
    </message>
    <message>
      <source>Kilometre post</source>
      <translation>Kilometre post</translation>
    </message>
    <message>
      <source>Kilometre posts</source>
      <translation>Kilometre posts</translation>
    </message>
    <message>
      <source>Labels for training</source>
      <translation>Labels for training</translation>
    </message>
    <message>
      <source>Labels of {accepted} accepted and {rejected} rejected tracks: {path}</source>
      <translation>Labels of {accepted} accepted and {rejected} rejected tracks: {path}</translation>
    </message>
    <message>
      <source>Labels…</source>
      <translation>Labels…</translation>
    </message>
    <message>
      <source>Largest difference of direction (°)</source>
      <translation>Largest difference of direction (°)</translation>
    </message>
    <message>
      <source>Largest displacement of a track (m)</source>
      <translation>Largest displacement of a track (m)</translation>
    </message>
    <message>
      <source>Largest distance of a point to a track (m)</source>
      <translation>Largest distance of a point to a track (m)</translation>
    </message>
    <message>
      <source>Largest distance of a post to the line (m)</source>
      <translation>Largest distance of a post to the line (m)</translation>
    </message>
    <message>
      <source>Largest distance of the line from the fitted curve (m)</source>
      <translation>Largest distance of the line from the fitted curve (m)</translation>
    </message>
    <message>
      <source>Largest distance of the position from a line (m)</source>
      <translation>Largest distance of the position from a line (m)</translation>
    </message>
    <message>
      <source>Largest distance of the same defect (m)</source>
      <translation>Largest distance of the same defect (m)</translation>
    </message>
    <message>
      <source>Largest distance of the same track (m)</source>
      <translation>Largest distance of the same track (m)</translation>
    </message>
    <message>
      <source>Largest distance to a track (m)</source>
      <translation>Largest distance to a track (m)</translation>
    </message>
    <message>
      <source>Largest gap within a stretch (m)</source>
      <translation>Largest gap within a stretch (m)</translation>
    </message>
    <message>
      <source>Layer to export</source>
      <translation>Layer to export</translation>
    </message>
    <message>
      <source>Layer to write</source>
      <translation>Layer to write</translation>
    </message>
    <message>
      <source>Layer “{name}” cannot be exported: {reason}</source>
      <translation>Layer “{name}” cannot be exported: {reason}</translation>
    </message>
    <message>
      <source>Layer “{name}” comes from {kind}, not from a file: save it as a GeoTIFF first (right-click, Export, Save As…).</source>
      <translation>Layer “{name}” comes from {kind}, not from a file: save it as a GeoTIFF first (right-click, Export, Save As…).</translation>
    </message>
    <message>
      <source>Layer “{name}” has a login that is stored in QGIS, which the engine cannot read.</source>
      <translation>Layer “{name}” has a login that is stored in QGIS, which the engine cannot read.</translation>
    </message>
    <message>
      <source>Layer “{name}” has changes that are not saved: save them first.</source>
      <translation>Layer “{name}” has changes that are not saved: save them first.</translation>
    </message>
    <message>
      <source>Layer “{name}” is a map service; give: {names}.</source>
      <translation>Layer “{name}” is a map service; give: {names}.</translation>
    </message>
    <message>
      <source>Layer “{name}” is not a layer of a railmap GeoPackage.</source>
      <translation>Layer “{name}” is not a layer of a railmap GeoPackage.</translation>
    </message>
    <message>
      <source>Layer “{name}” is set to {set} but its file states {own}: save it with the right CRS first (Raster › Projections › Assign projection).</source>
      <translation>Layer “{name}” is set to {set} but its file states {own}: save it with the right CRS first (Raster › Projections › Assign projection).</translation>
    </message>
    <message>
      <source>Least confidence of a track</source>
      <translation>Least confidence of a track</translation>
    </message>
    <message>
      <source>Least jump of the chainage (m)</source>
      <translation>Least jump of the chainage (m)</translation>
    </message>
    <message>
      <source>Least probability of a scene on the map</source>
      <translation>Least probability of a scene on the map</translation>
    </message>
    <message>
      <source>Left or right in the direction of rising kilometres.</source>
      <translation>Left or right in the direction of rising kilometres.</translation>
    </message>
    <message>
      <source>Length of the train (m)</source>
      <translation>Length of the train (m)</translation>
    </message>
    <message>
      <source>Level of XYZ or WMTS tiles</source>
      <translation>Level of XYZ or WMTS tiles</translation>
    </message>
    <message>
      <source>Licence of the image</source>
      <translation>Licence of the image</translation>
    </message>
    <message>
      <source>Licence or permission under which you may map from it, with its address; needed for map services, whose terms often forbid it. The map states it.</source>
      <translation>Licence or permission under which you may map from it, with its address; needed for map services, whose terms often forbid it. The map states it.</translation>
    </message>
    <message>
      <source>Line</source>
      <translation>Line</translation>
    </message>
    <message>
      <source>Line layer of an extract (.osm, .osm.pbf), or any with a column railway.</source>
      <translation>Line layer of an extract (.osm, .osm.pbf), or any with a column railway.</translation>
    </message>
    <message>
      <source>Line, km, metres beyond: 6185 km 12.400 +3.2; or leave it empty.</source>
      <translation>Line, km, metres beyond: 6185 km 12.400 +3.2; or leave it empty.</translation>
    </message>
    <message>
      <source>Lines</source>
      <translation>Lines</translation>
    </message>
    <message>
      <source>Lines that differ by more are not the same track.</source>
      <translation>Lines that differ by more are not the same track.</translation>
    </message>
    <message>
      <source>Locate by chainage</source>
      <translation>Locate by chainage</translation>
    </message>
    <message>
      <source>Location</source>
      <translation>Location</translation>
    </message>
    <message>
      <source>Longer parts without heights stay without.</source>
      <translation>Longer parts without heights stay without.</translation>
    </message>
    <message>
      <source>Longest gap that is bridged (m)</source>
      <translation>Longest gap that is bridged (m)</translation>
    </message>
    <message>
      <source>Longest side (pixels)</source>
      <translation>Longest side (pixels)</translation>
    </message>
    <message>
      <source>Lower finds more defects, higher gives fewer false ones; empty: the threshold of the model.</source>
      <translation>Lower finds more defects, higher gives fewer false ones; empty: the threshold of the model.</translation>
    </message>
    <message>
      <source>Lower finds more track, higher gives fewer false tracks; empty: the threshold of the model.</source>
      <translation>Lower finds more track, higher gives fewer false tracks; empty: the threshold of the model.</translation>
    </message>
    <message>
      <source>Makes a scene model from your own photos, sorted into a folder for each scene; ten of each are enough. The log has how often photos are recognised by a model made without them, which scenes are confused, and photos that may be in the wrong folder.</source>
      <translation>Makes a scene model from your own photos, sorted into a folder for each scene; ten of each are enough. The log has how often photos are recognised by a model made without them, which scenes are confused, and photos that may be in the wrong folder.</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>Map</translation>
    </message>
    <message>
      <source>Map of the earlier survey</source>
      <translation>Map of the earlier survey</translation>
    </message>
    <message>
      <source>Map of the later survey</source>
      <translation>Map of the later survey</translation>
    </message>
    <message>
      <source>Map to place them on</source>
      <translation>Map to place them on</translation>
    </message>
    <message>
      <source>Maps of the surveys</source>
      <translation>Maps of the surveys</translation>
    </message>
    <message>
      <source>Matched green, missed blue, false red, duplicate orange.</source>
      <translation>Matched green, missed blue, false red, duplicate orange.</translation>
    </message>
    <message>
      <source>Minimum area of a defect (mm²)</source>
      <translation>Minimum area of a defect (mm²)</translation>
    </message>
    <message>
      <source>Minimum length of a change (m)</source>
      <translation>Minimum length of a change (m)</translation>
    </message>
    <message>
      <source>Minimum length of a line (m)</source>
      <translation>Minimum length of a line (m)</translation>
    </message>
    <message>
      <source>Minimum length of an isolated track (m)</source>
      <translation>Minimum length of an isolated track (m)</translation>
    </message>
    <message>
      <source>Minimum length that is reported (m)</source>
      <translation>Minimum length that is reported (m)</translation>
    </message>
    <message>
      <source>Minimum radius (m)</source>
      <translation>Minimum radius (m)</translation>
    </message>
    <message>
      <source>Minimum track spacing (m)</source>
      <translation>Minimum track spacing (m)</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Model</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Models</translation>
    </message>
    <message>
      <source>More images of the same mosaic</source>
      <translation>More images of the same mosaic</translation>
    </message>
    <message>
      <source>NAME=https://HOST/{z}/{x}/{y}.png ATTRIBUTION; several are separated by semicolons. A reader may choose one; the server then sees who does.</source>
      <translation>NAME=https://HOST/{z}/{x}/{y}.png ATTRIBUTION; several are separated by semicolons. A reader may choose one; the server then sees who does.</translation>
    </message>
    <message>
      <source>Name of the line</source>
      <translation>Name of the line</translation>
    </message>
    <message>
      <source>New folder.</source>
      <translation>New folder.</translation>
    </message>
    <message>
      <source>Next</source>
      <translation>Next</translation>
    </message>
    <message>
      <source>No Python 3.11 or newer was found: install one, or choose it with “…”.</source>
      <translation>No Python 3.11 or newer was found: install one, or choose it with “…”.</translation>
    </message>
    <message>
      <source>No licence is stored in the map.</source>
      <translation>No licence is stored in the map.</translation>
    </message>
    <message>
      <source>Nodes in between</source>
      <translation>Nodes in between</translation>
    </message>
    <message>
      <source>Nothing to review: no track below this confidence and no open issue.</source>
      <translation>Nothing to review: no track below this confidence and no open issue.</translation>
    </message>
    <message>
      <source>Number of defects in the report</source>
      <translation>Number of defects in the report</translation>
    </message>
    <message>
      <source>Number of pictures</source>
      <translation>Number of pictures</translation>
    </message>
    <message>
      <source>Number of scenes</source>
      <translation>Number of scenes</translation>
    </message>
    <message>
      <source>Number of the line</source>
      <translation>Number of the line</translation>
    </message>
    <message>
      <source>ONNX file of “Teach scenes”, made from views from above.</source>
      <translation>ONNX file of “Teach scenes”, made from views from above.</translation>
    </message>
    <message>
      <source>ONNX file.</source>
      <translation>ONNX file.</translation>
    </message>
    <message>
      <source>ONNX file; empty: the model that comes with the engine.</source>
      <translation>ONNX file; empty: the model that comes with the engine.</translation>
    </message>
    <message>
      <source>Of one rail, in order.</source>
      <translation>Of one rail, in order.</translation>
    </message>
    <message>
      <source>Offline: install from the folder of the wheel file only</source>
      <translation>Offline: install from the folder of the wheel file only</translation>
    </message>
    <message>
      <source>One HTML file.</source>
      <translation>One HTML file.</translation>
    </message>
    <message>
      <source>One sigma of its heights; empty: from their scatter.</source>
      <translation>One sigma of its heights; empty: from their scatter.</translation>
    </message>
    <message>
      <source>One sigma, for positions without an accuracy.</source>
      <translation>One sigma, for positions without an accuracy.</translation>
    </message>
    <message>
      <source>One sigma; empty: 1 m, photos 5 m.</source>
      <translation>One sigma; empty: 1 m, photos 5 m.</translation>
    </message>
    <message>
      <source>Only for an image that has no georeference.</source>
      <translation>Only for an image that has no georeference.</translation>
    </message>
    <message>
      <source>Only near these lines</source>
      <translation>Only near these lines</translation>
    </message>
    <message>
      <source>Only the area within these polygons is evaluated.</source>
      <translation>Only the area within these polygons is evaluated.</translation>
    </message>
    <message>
      <source>Only the area within these polygons is processed; optionally the selected features only.</source>
      <translation>Only the area within these polygons is processed; optionally the selected features only.</translation>
    </message>
    <message>
      <source>Orthophoto that shows the tracks of the map.</source>
      <translation>Orthophoto that shows the tracks of the map.</translation>
    </message>
    <message>
      <source>Otherwise only empty values of the map are filled.</source>
      <translation>Otherwise only empty values of the map are filled.</translation>
    </message>
    <message>
      <source>Otherwise the file has only the names of images.</source>
      <translation>Otherwise the file has only the names of images.</translation>
    </message>
    <message>
      <source>Otherwise the first such event is an error and nothing is written.</source>
      <translation>Otherwise the first such event is an error and nothing is written.</translation>
    </message>
    <message>
      <source>Otherwise the page has only the names of images.</source>
      <translation>Otherwise the page has only the names of images.</translation>
    </message>
    <message>
      <source>PNG or JPEG.</source>
      <translation>PNG or JPEG.</translation>
    </message>
    <message>
      <source>PNG.</source>
      <translation>PNG.</translation>
    </message>
    <message>
      <source>Page of photos and explanations</source>
      <translation>Page of photos and explanations</translation>
    </message>
    <message>
      <source>Parallel tracks that are closer are reported.</source>
      <translation>Parallel tracks that are closer are reported.</translation>
    </message>
    <message>
      <source>Photo</source>
      <translation>Photo</translation>
    </message>
    <message>
      <source>Photos</source>
      <translation>Photos</translation>
    </message>
    <message>
      <source>Photos of lower probability stay in the table only.</source>
      <translation>Photos of lower probability stay in the table only.</translation>
    </message>
    <message>
      <source>Photos that events, defects and scenes name, shown at their places. Photos beside the map are found anyway.</source>
      <translation>Photos that events, defects and scenes name, shown at their places. Photos beside the map are found anyway.</translation>
    </message>
    <message>
      <source>Picture</source>
      <translation>Picture</translation>
    </message>
    <message>
      <source>Picture of the growth</source>
      <translation>Picture of the growth</translation>
    </message>
    <message>
      <source>Pixel size (mm)</source>
      <translation>Pixel size (mm)</translation>
    </message>
    <message>
      <source>Pixel size of an image without one (m)</source>
      <translation>Pixel size of an image without one (m)</translation>
    </message>
    <message>
      <source>Places points, lines or polygons on the tracks of a map, or photos where their GPS says they were taken: track, chainage, offset and side, and whether two tracks are nearly as likely. The events become a layer of the map.</source>
      <translation>Places points, lines or polygons on the tracks of a map, or photos where their GPS says they were taken: track, chainage, offset and side, and whether two tracks are nearly as likely. The events become a layer of the map.</translation>
    </message>
    <message>
      <source>Point to convert to a kilometre, instead of the above.</source>
      <translation>Point to convert to a kilometre, instead of the above.</translation>
    </message>
    <message>
      <source>Point where the line begins; the nearest node within 25 m counts.</source>
      <translation>Point where the line begins; the nearest node within 25 m counts.</translation>
    </message>
    <message>
      <source>Point where the line ends; the nearest node within 25 m counts.</source>
      <translation>Point where the line ends; the nearest node within 25 m counts.</translation>
    </message>
    <message>
      <source>Point where the route begins; the nearest track counts.</source>
      <translation>Point where the route begins; the nearest track counts.</translation>
    </message>
    <message>
      <source>Point where the route ends; the nearest track counts.</source>
      <translation>Point where the route ends; the nearest track counts.</translation>
    </message>
    <message>
      <source>Point with its chainage.</source>
      <translation>Point with its chainage.</translation>
    </message>
    <message>
      <source>Points farther away are refused.</source>
      <translation>Points farther away are refused.</translation>
    </message>
    <message>
      <source>Points, or a table with x and y, and a column position_km or position_text; optionally the selected features only.</source>
      <translation>Points, or a table with x and y, and a column position_km or position_text; optionally the selected features only.</translation>
    </message>
    <message>
      <source>Position</source>
      <translation>Position</translation>
    </message>
    <message>
      <source>Positions farther away have no kilometre.</source>
      <translation>Positions farther away have no kilometre.</translation>
    </message>
    <message>
      <source>Post {text} added. Line {line}: km {start} to {end}, number of posts: {posts}. U takes it back.</source>
      <translation>Post {text} added. Line {line}: km {start} to {end}, number of posts: {posts}. U takes it back.</translation>
    </message>
    <message>
      <source>Prefix of the numbers</source>
      <translation>Prefix of the numbers</translation>
    </message>
    <message>
      <source>Press “Set up the engine…” in the menu Plugins › Railmap.</source>
      <translation>Press “Set up the engine…” in the menu Plugins › Railmap.</translation>
    </message>
    <message>
      <source>Previous</source>
      <translation>Previous</translation>
    </message>
    <message>
      <source>Probability from which a pixel is defect</source>
      <translation>Probability from which a pixel is defect</translation>
    </message>
    <message>
      <source>Probability from which a pixel is track</source>
      <translation>Probability from which a pixel is track</translation>
    </message>
    <message>
      <source>Probability or mask</source>
      <translation>Probability or mask</translation>
    </message>
    <message>
      <source>Probability that a piece of line is track, for models that give it: lower finds more, higher gives fewer false tracks.</source>
      <translation>Probability that a piece of line is track, for models that give it: lower finds more, higher gives fewer false tracks.</translation>
    </message>
    <message>
      <source>Publish map</source>
      <translation>Publish map</translation>
    </message>
    <message>
      <source>Python</source>
      <translation>Python</translation>
    </message>
    <message>
      <source>Python 3.11 or newer</source>
      <translation>Python 3.11 or newer</translation>
    </message>
    <message>
      <source>Radius of the closing (m)</source>
      <translation>Radius of the closing (m)</translation>
    </message>
    <message>
      <source>Radius of the opening (m)</source>
      <translation>Radius of the opening (m)</translation>
    </message>
    <message>
      <source>Rail</source>
      <translation>Rail</translation>
    </message>
    <message>
      <source>Railmap: set up the engine</source>
      <translation>Railmap: set up the engine</translation>
    </message>
    <message>
      <source>Raster of heights, in any CRS.</source>
      <translation>Raster of heights, in any CRS.</translation>
    </message>
    <message>
      <source>Raster with one band.</source>
      <translation>Raster with one band.</translation>
    </message>
    <message>
      <source>Reference</source>
      <translation>Reference</translation>
    </message>
    <message>
      <source>Reject</source>
      <translation>Reject</translation>
    </message>
    <message>
      <source>Removes what is narrower than twice the radius; 0: nothing. Acts on the mask, or on the mask of the network's ridges.</source>
      <translation>Removes what is narrower than twice the radius; 0: nothing. Acts on the mask, or on the mask of the network's ridges.</translation>
    </message>
    <message>
      <source>Replace a line of this number</source>
      <translation>Replace a line of this number</translation>
    </message>
    <message>
      <source>Replace values</source>
      <translation>Replace values</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Report</translation>
    </message>
    <message>
      <source>Report of the worst defects</source>
      <translation>Report of the worst defects</translation>
    </message>
    <message>
      <source>Report on survey</source>
      <translation>Report on survey</translation>
    </message>
    <message>
      <source>Reports</source>
      <translation>Reports</translation>
    </message>
    <message>
      <source>Required with a line; otherwise as across the rail.</source>
      <translation>Required with a line; otherwise as across the rail.</translation>
    </message>
    <message>
      <source>Review map</source>
      <translation>Review map</translation>
    </message>
    <message>
      <source>Route</source>
      <translation>Route</translation>
    </message>
    <message>
      <source>Rows that an image repeats of the previous one</source>
      <translation>Rows that an image repeats of the previous one</translation>
    </message>
    <message>
      <source>Scenes</source>
      <translation>Scenes</translation>
    </message>
    <message>
      <source>Scores</source>
      <translation>Scores</translation>
    </message>
    <message>
      <source>Seconds from the camera's time to UTC (s)</source>
      <translation>Seconds from the camera's time to UTC (s)</translation>
    </message>
    <message>
      <source>Seed of the cross-validation</source>
      <translation>Seed of the cross-validation</translation>
    </message>
    <message>
      <source>Segment rail tracks</source>
      <translation>Segment rail tracks</translation>
    </message>
    <message>
      <source>Segment rail-surface defects</source>
      <translation>Segment rail-surface defects</translation>
    </message>
    <message>
      <source>Separated by semicolons; empty: 0.1; 0.25; 0.5; 1.</source>
      <translation>Separated by semicolons; empty: 0.1; 0.25; 0.5; 1.</translation>
    </message>
    <message>
      <source>Set up the engine</source>
      <translation>Set up the engine</translation>
    </message>
    <message>
      <source>Set up the engine…</source>
      <translation>Set up the engine…</translation>
    </message>
    <message>
      <source>Shape of opening and closing</source>
      <translation>Shape of opening and closing</translation>
    </message>
    <message>
      <source>Sharper curves are reported.</source>
      <translation>Sharper curves are reported.</translation>
    </message>
    <message>
      <source>Sheet</source>
      <translation>Sheet</translation>
    </message>
    <message>
      <source>Shorter changes are not reported.</source>
      <translation>Shorter changes are not reported.</translation>
    </message>
    <message>
      <source>Shorter sequences get no line.</source>
      <translation>Shorter sequences get no line.</translation>
    </message>
    <message>
      <source>Shorter stretches that only one of the two has are not reported.</source>
      <translation>Shorter stretches that only one of the two has are not reported.</translation>
    </message>
    <message>
      <source>Shorter tracks without a connection are removed.</source>
      <translation>Shorter tracks without a connection are removed.</translation>
    </message>
    <message>
      <source>Shown beside with a slider; any of its layers, or its file.</source>
      <translation>Shown beside with a slider; any of its layers, or its file.</translation>
    </message>
    <message>
      <source>Shown under the map of the earlier survey.</source>
      <translation>Shown under the map of the earlier survey.</translation>
    </message>
    <message>
      <source>Shown under the map.</source>
      <translation>Shown under the map.</translation>
    </message>
    <message>
      <source>Shown under the picture.</source>
      <translation>Shown under the picture.</translation>
    </message>
    <message>
      <source>Shows on a sheet where the network looked in a photo, for each of the most probable scenes. The log has their probabilities.</source>
      <translation>Shows on a sheet where the network looked in a photo, for each of the most probable scenes. The log has their probabilities.</translation>
    </message>
    <message>
      <source>Shows where the network looked.</source>
      <translation>Shows where the network looked.</translation>
    </message>
    <message>
      <source>Side of a view (m)</source>
      <translation>Side of a view (m)</translation>
    </message>
    <message>
      <source>Skip events without a usable position</source>
      <translation>Skip events without a usable position</translation>
    </message>
    <message>
      <source>Smaller defects are not reported.</source>
      <translation>Smaller defects are not reported.</translation>
    </message>
    <message>
      <source>Smaller gives more vertices.</source>
      <translation>Smaller gives more vertices.</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>Start</translation>
    </message>
    <message>
      <source>Start as text</source>
      <translation>Start as text</translation>
    </message>
    <message>
      <source>Start the review</source>
      <translation>Start the review</translation>
    </message>
    <message>
      <source>Steepest gradient of a track (‰)</source>
      <translation>Steepest gradient of a track (‰)</translation>
    </message>
    <message>
      <source>Stretches of lower probability get no scene.</source>
      <translation>Stretches of lower probability get no scene.</translation>
    </message>
    <message>
      <source>Such as 2026-05-01; for comparing surveys.</source>
      <translation>Such as 2026-05-01; for comparing surveys.</translation>
    </message>
    <message>
      <source>Such as 2027-05-01; empty: as long after the last survey as the surveys are apart on average.</source>
      <translation>Such as 2027-05-01; empty: as long after the last survey as the surveys are apart on average.</translation>
    </message>
    <message>
      <source>Such as 4,1,2 or 1; empty: the first three.</source>
      <translation>Such as 4,1,2 or 1; empty: the first three.</translation>
    </message>
    <message>
      <source>Such as 6185.</source>
      <translation>Such as 6185.</translation>
    </message>
    <message>
      <source>Such as railways of OpenStreetMap: what is farther from them is not looked at. With an area to process the intersection is taken.</source>
      <translation>Such as railways of OpenStreetMap: what is farther from them is not looked at. With an area to process the intersection is taken.</translation>
    </message>
    <message>
      <source>Such as © Name of the survey; empty: the host of the service.</source>
      <translation>Such as © Name of the survey; empty: the host of the service.</translation>
    </message>
    <message>
      <source>Such events are kept, but without a track.</source>
      <translation>Such events are kept, but without a track.</translation>
    </message>
    <message>
      <source>Such photos stay in the table only.</source>
      <translation>Such photos stay in the table only.</translation>
    </message>
    <message>
      <source>Summary</source>
      <translation>Summary</translation>
    </message>
    <message>
      <source>Switches and nodes</source>
      <translation>Switches and nodes</translation>
    </message>
    <message>
      <source>Switches and reversals of the route</source>
      <translation>Switches and reversals of the route</translation>
    </message>
    <message>
      <source>Table of positions</source>
      <translation>Table of positions</translation>
    </message>
    <message>
      <source>Take attributes from OpenStreetMap</source>
      <translation>Take attributes from OpenStreetMap</translation>
    </message>
    <message>
      <source>Teach scenes</source>
      <translation>Teach scenes</translation>
    </message>
    <message>
      <source>That failed: {reason}. Correct it and press the button again.</source>
      <translation>That failed: {reason}. Correct it and press the button again.</translation>
    </message>
    <message>
      <source>The area to process cannot be written: {reason}</source>
      <translation>The area to process cannot be written: {reason}</translation>
    </message>
    <message>
      <source>The area to process has no CRS: set that of its layer or give it with the extent.</source>
      <translation>The area to process has no CRS: set that of its layer or give it with the extent.</translation>
    </message>
    <message>
      <source>The area to process is empty: no polygon is selected or within the extent.</source>
      <translation>The area to process is empty: no polygon is selected or within the extent.</translation>
    </message>
    <message>
      <source>The area within these polygons is not evaluated.</source>
      <translation>The area within these polygons is not evaluated.</translation>
    </message>
    <message>
      <source>The engine is ready: railmap {version}, {path} ({found}).</source>
      <translation>The engine is ready: railmap {version}, {path} ({found}).</translation>
    </message>
    <message>
      <source>The engine's wheel file</source>
      <translation>The engine's wheel file</translation>
    </message>
    <message>
      <source>The fastest growing defects over time.</source>
      <translation>The fastest growing defects over time.</translation>
    </message>
    <message>
      <source>The file of the map is gone: {path}</source>
      <translation>The file of the map is gone: {path}</translation>
    </message>
    <message>
      <source>The last post is taken back.</source>
      <translation>The last post is taken back.</translation>
    </message>
    <message>
      <source>The last track is taken back.</source>
      <translation>The last track is taken back.</translation>
    </message>
    <message>
      <source>The layer of the tracks cannot be edited: it is read-only.</source>
      <translation>The layer of the tracks cannot be edited: it is read-only.</translation>
    </message>
    <message>
      <source>The map under review is no longer in the project; decisions are kept.</source>
      <translation>The map under review is no longer in the project; decisions are kept.</translation>
    </message>
    <message>
      <source>The most probable ones.</source>
      <translation>The most probable ones.</translation>
    </message>
    <message>
      <source>The other images follow it, row by row.</source>
      <translation>The other images follow it, row by row.</translation>
    </message>
    <message>
      <source>The other map is not OpenStreetMap</source>
      <translation>The other map is not OpenStreetMap</translation>
    </message>
    <message>
      <source>The other side follows from the image.</source>
      <translation>The other side follows from the image.</translation>
    </message>
    <message>
      <source>The program {path} ({found}) does not answer as the engine of this plugin: {reason}. {remedy}</source>
      <translation>The program {path} ({found}) does not answer as the engine of this plugin: {reason}. {remedy}</translation>
    </message>
    <message>
      <source>The railmap engine cannot be started: {reason}</source>
      <translation>The railmap engine cannot be started: {reason}</translation>
    </message>
    <message>
      <source>The railmap engine has ended: {reason}</source>
      <translation>The railmap engine has ended: {reason}</translation>
    </message>
    <message>
      <source>The railmap engine is not set up yet.</source>
      <translation>The railmap engine is not set up yet.</translation>
    </message>
    <message>
      <source>The railmap engine is not set up: press “Set up the engine…” in the menu Plugins › Railmap (or set {variable}).</source>
      <translation>The railmap engine is not set up: press “Set up the engine…” in the menu Plugins › Railmap (or set {variable}).</translation>
    </message>
    <message>
      <source>The railmap engine is version {engine} ({path}), this plugin is {plugin}.</source>
      <translation>The railmap engine is version {engine} ({path}), this plugin is {plugin}.</translation>
    </message>
    <message>
      <source>The railmap engine is version {engine} ({path}), this plugin is {plugin}: press “Set up the engine…” in the menu Plugins › Railmap to install {plugin}.</source>
      <translation>The railmap engine is version {engine} ({path}), this plugin is {plugin}: press “Set up the engine…” in the menu Plugins › Railmap to install {plugin}.</translation>
    </message>
    <message>
      <source>The railmap engine returned no positions: {text}</source>
      <translation>The railmap engine returned no positions: {text}</translation>
    </message>
    <message>
      <source>The railmap engine stopped with code {code}: {last}</source>
      <translation>The railmap engine stopped with code {code}: {last}</translation>
    </message>
    <message>
      <source>The railmap engine {path} ({found}) does not run: {reason}. {remedy}</source>
      <translation>The railmap engine {path} ({found}) does not run: {reason}. {remedy}</translation>
    </message>
    <message>
      <source>The rails where they are visible, or the track probability.</source>
      <translation>The rails where they are visible, or the track probability.</translation>
    </message>
    <message>
      <source>The train keeps its direction.</source>
      <translation>The train keeps its direction.</translation>
    </message>
    <message>
      <source>The worst ones.</source>
      <translation>The worst ones.</translation>
    </message>
    <message>
      <source>The worst places are shown, at most this many.</source>
      <translation>The worst places are shown, at most this many.</translation>
    </message>
    <message>
      <source>There is no railmap map in the project: add the layer of its tracks.</source>
      <translation>There is no railmap map in the project: add the layer of its tracks.</translation>
    </message>
    <message>
      <source>There is nothing to take back.</source>
      <translation>There is nothing to take back.</translation>
    </message>
    <message>
      <source>They are read together with the first as one mosaic.</source>
      <translation>They are read together with the first as one mosaic.</translation>
    </message>
    <message>
      <source>This issue is not about one track: edit the map, or accept the issue.</source>
      <translation>This issue is not about one track: edit the map, or accept the issue.</translation>
    </message>
    <message>
      <source>This place is outside the area of the map's CRS.</source>
      <translation>This place is outside the area of the map's CRS.</translation>
    </message>
    <message>
      <source>Title</source>
      <translation>Title</translation>
    </message>
    <message>
      <source>Title of the report</source>
      <translation>Title of the report</translation>
    </message>
    <message>
      <source>To reverse, the whole train must clear the switch; 0: a point.</source>
      <translation>To reverse, the whole train must clear the switch; 0: a point.</translation>
    </message>
    <message>
      <source>Tolerances (m)</source>
      <translation>Tolerances (m)</translation>
    </message>
    <message>
      <source>Trace tracks from a mask</source>
      <translation>Trace tracks from a mask</translation>
    </message>
    <message>
      <source>Traces the centrelines of a track probability or mask from any source: 0 and 1, 0 to 1 or 0 to 255.</source>
      <translation>Traces the centrelines of a track probability or mask from any source: 0 and 1, 0 to 1 or 0 to 255.</translation>
    </message>
    <message>
      <source>Track</source>
      <translation>Track</translation>
    </message>
    <message>
      <source>Track areas</source>
      <translation>Track areas</translation>
    </message>
    <message>
      <source>Track in a row of pixels (mm)</source>
      <translation>Track in a row of pixels (mm)</translation>
    </message>
    <message>
      <source>Track per view (m)</source>
      <translation>Track per view (m)</translation>
    </message>
    <message>
      <source>Track probability</source>
      <translation>Track probability</translation>
    </message>
    <message>
      <source>Tracks</source>
      <translation>Tracks</translation>
    </message>
    <message>
      <source>Tracks farther apart are different ones.</source>
      <translation>Tracks farther apart are different ones.</translation>
    </message>
    <message>
      <source>Tracks of OpenStreetMap</source>
      <translation>Tracks of OpenStreetMap</translation>
    </message>
    <message>
      <source>Tracks to evaluate</source>
      <translation>Tracks to evaluate</translation>
    </message>
    <message>
      <source>Tracks with a lower confidence are reviewed.</source>
      <translation>Tracks with a lower confidence are reviewed.</translation>
    </message>
    <message>
      <source>Two or more, in any order; of each any of its layers, or its file.</source>
      <translation>Two or more, in any order; of each any of its layers, or its file.</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>Undo</translation>
    </message>
    <message>
      <source>Unit of the heights</source>
      <translation>Unit of the heights</translation>
    </message>
    <message>
      <source>Use a program that is there…</source>
      <translation>Use a program that is there…</translation>
    </message>
    <message>
      <source>Use the GPS position in each image</source>
      <translation>Use the GPS position in each image</translation>
    </message>
    <message>
      <source>Use the map</source>
      <translation>Use the map</translation>
    </message>
    <message>
      <source>Vertical alignment</source>
      <translation>Vertical alignment</translation>
    </message>
    <message>
      <source>Views</source>
      <translation>Views</translation>
    </message>
    <message>
      <source>Views are square, with the track in the middle.</source>
      <translation>Views are square, with the track in the middle.</translation>
    </message>
    <message>
      <source>Web page</source>
      <translation>Web page</translation>
    </message>
    <message>
      <source>What {path} installs does not answer as the engine of this plugin: {reason}. Choose another wheel file.</source>
      <translation>What {path} installs does not answer as the engine of this plugin: {reason}. Choose another wheel file.</translation>
    </message>
    <message>
      <source>Wheel file</source>
      <translation>Wheel file</translation>
    </message>
    <message>
      <source>Where the model is steeper it is not the height of the track.</source>
      <translation>Where the model is steeper it is not the height of the track.</translation>
    </message>
    <message>
      <source>Who must be named as its source</source>
      <translation>Who must be named as its source</translation>
    </message>
    <message>
      <source>Widest gap that is bridged (m)</source>
      <translation>Widest gap that is bridged (m)</translation>
    </message>
    <message>
      <source>Width of the rail head (mm)</source>
      <translation>Width of the rail head (mm)</translation>
    </message>
    <message>
      <source>With a post that is farther away nothing is written.</source>
      <translation>With a post that is farther away nothing is written.</translation>
    </message>
    <message>
      <source>With one folder of photos for each scene, named after it.</source>
      <translation>With one folder of photos for each scene, named after it.</translation>
    </message>
    <message>
      <source>With polygons, their intersection with the extent is used.</source>
      <translation>With polygons, their intersection with the extent is used.</translation>
    </message>
    <message>
      <source>With the next parameter: the start of the first image.</source>
      <translation>With the next parameter: the start of the first image.</translation>
    </message>
    <message>
      <source>Without reversing</source>
      <translation>Without reversing</translation>
    </message>
    <message>
      <source>Writes a map as GeoJSON, FlatGeobuf, OSM XML for JOSM, DXF, LandXML or IFC with alignments, RINF as Turtle, CSV of its events, or a QGIS project. The suffix of the file decides.</source>
      <translation>Writes a map as GeoJSON, FlatGeobuf, OSM XML for JOSM, DXF, LandXML or IFC with alignments, RINF as Turtle, CSV of its events, or a QGIS project. The suffix of the file decides.</translation>
    </message>
    <message>
      <source>Writes a report of a survey as one HTML file for reading and printing: tables of tracks, switches, defects and issues, changes since an earlier survey, and pictures of the worst places.</source>
      <translation>Writes a report of a survey as one HTML file for reading and printing: tables of tracks, switches, defects and issues, changes since an earlier survey, and pictures of the worst places.</translation>
    </message>
    <message>
      <source>Writes the map as a folder that any web server shows: vector tiles and a page with layers, popups and search.</source>
      <translation>Writes the map as a folder that any web server shows: vector tiles and a page with layers, popups and search.</translation>
    </message>
    <message>
      <source>Writes the track probability of each pixel: 0 to 254, and 255 where there is no image. “Trace tracks from a mask” traces lines from it.</source>
      <translation>Writes the track probability of each pixel: 0 to 254, and 255 where there is no image. “Trace tracks from a mask” traces lines from it.</translation>
    </message>
    <message>
      <source>accepted</source>
      <translation>accepted</translation>
    </message>
    <message>
      <source>cannot create environments (on Debian and Ubuntu: install python3-venv)</source>
      <translation>cannot create environments (on Debian and Ubuntu: install python3-venv)</translation>
    </message>
    <message>
      <source>chosen in “Set up the engine”</source>
      <translation>chosen in “Set up the engine”</translation>
    </message>
    <message>
      <source>confidence unknown</source>
      <translation>confidence unknown</translation>
    </message>
    <message>
      <source>confidence {value}</source>
      <translation>confidence {value}</translation>
    </message>
    <message>
      <source>defect, scene_event or any name; empty: derived from the columns or the file name.</source>
      <translation>defect, scene_event or any name; empty: derived from the columns or the file name.</translation>
    </message>
    <message>
      <source>exit code {code}</source>
      <translation>exit code {code}</translation>
    </message>
    <message>
      <source>fixed</source>
      <translation>fixed</translation>
    </message>
    <message>
      <source>installed by this plugin</source>
      <translation>installed by this plugin</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>no answer</translation>
    </message>
    <message>
      <source>no answer in {seconds} s</source>
      <translation>no answer in {seconds} s</translation>
    </message>
    <message>
      <source>node_id, or x,y in the CRS of the map; separated by semicolons.</source>
      <translation>node_id, or x,y in the CRS of the map; separated by semicolons.</translation>
    </message>
    <message>
      <source>not 64 bit</source>
      <translation>not 64 bit</translation>
    </message>
    <message>
      <source>now km {km}</source>
      <translation>now km {km}</translation>
    </message>
    <message>
      <source>older than Python {oldest}</source>
      <translation>older than Python {oldest}</translation>
    </message>
    <message>
      <source>other JSON: {text}</source>
      <translation>other JSON: {text}</translation>
    </message>
    <message>
      <source>railmap program or Python with railmap</source>
      <translation>railmap program or Python with railmap</translation>
    </message>
    <message>
      <source>railway,OpenStreetMap,conflation,attributes,name</source>
      <translation>railway,OpenStreetMap,conflation,attributes,name</translation>
    </message>
    <message>
      <source>railway,accuracy,completeness,correctness,quality</source>
      <translation>railway,accuracy,completeness,correctness,quality</translation>
    </message>
    <message>
      <source>railway,chainage,kilometre,milestone,linear referencing</source>
      <translation>railway,chainage,kilometre,milestone,linear referencing</translation>
    </message>
    <message>
      <source>railway,change detection,survey,defect,growth</source>
      <translation>railway,change detection,survey,defect,growth</translation>
    </message>
    <message>
      <source>railway,defect,growth,forecast,survey,time series</source>
      <translation>railway,defect,growth,forecast,survey,time series</translation>
    </message>
    <message>
      <source>railway,export,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV</source>
      <translation>railway,export,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV</translation>
    </message>
    <message>
      <source>railway,height,elevation,gradient,profile</source>
      <translation>railway,height,elevation,gradient,profile</translation>
    </message>
    <message>
      <source>railway,line,path,chainage,linear referencing</source>
      <translation>railway,line,path,chainage,linear referencing</translation>
    </message>
    <message>
      <source>railway,linear referencing,chainage,kilometre,milestone</source>
      <translation>railway,linear referencing,chainage,kilometre,milestone</translation>
    </message>
    <message>
      <source>railway,linear referencing,defect,chainage,photo</source>
      <translation>railway,linear referencing,defect,chainage,photo</translation>
    </message>
    <message>
      <source>railway,photo,scene,classification,deep learning,Grad-CAM</source>
      <translation>railway,photo,scene,classification,deep learning,Grad-CAM</translation>
    </message>
    <message>
      <source>railway,photo,scene,classification,training</source>
      <translation>railway,photo,scene,classification,training</translation>
    </message>
    <message>
      <source>railway,photo,scene,explanation,CAM,Grad-CAM</source>
      <translation>railway,photo,scene,explanation,CAM,Grad-CAM</translation>
    </message>
    <message>
      <source>railway,preview,picture,map</source>
      <translation>railway,preview,picture,map</translation>
    </message>
    <message>
      <source>railway,rail,surface,defect,squat,line scan,deep learning,segmentation</source>
      <translation>railway,rail,surface,defect,squat,line scan,deep learning,segmentation</translation>
    </message>
    <message>
      <source>railway,rail,track,centreline,skeleton,vectorize</source>
      <translation>railway,rail,track,centreline,skeleton,vectorize</translation>
    </message>
    <message>
      <source>railway,rail,track,centreline,vectorize,deep learning,segmentation</source>
      <translation>railway,rail,track,centreline,vectorize,deep learning,segmentation</translation>
    </message>
    <message>
      <source>railway,rail,track,probability,deep learning,segmentation</source>
      <translation>railway,rail,track,probability,deep learning,segmentation</translation>
    </message>
    <message>
      <source>railway,report,HTML,survey,defect</source>
      <translation>railway,report,HTML,survey,defect</translation>
    </message>
    <message>
      <source>railway,route,path,switch,reversal,shunting</source>
      <translation>railway,route,path,switch,reversal,shunting</translation>
    </message>
    <message>
      <source>railway,scene,classification,orthophoto,deep learning</source>
      <translation>railway,scene,classification,orthophoto,deep learning</translation>
    </message>
    <message>
      <source>railway,scene,training,orthophoto</source>
      <translation>railway,scene,training,orthophoto</translation>
    </message>
    <message>
      <source>railway,topology,quality,validate</source>
      <translation>railway,topology,quality,validate</translation>
    </message>
    <message>
      <source>railway,web,tiles,pmtiles,maplibre</source>
      <translation>railway,web,tiles,pmtiles,maplibre</translation>
    </message>
    <message>
      <source>rejected</source>
      <translation>rejected</translation>
    </message>
    <message>
      <source>the identity “{identity}”</source>
      <translation>the identity “{identity}”</translation>
    </message>
    <message>
      <source>{done} of {count}</source>
      <translation>{done} of {count}</translation>
    </message>
    <message>
      <source>{length} m of track added; U takes it back.</source>
      <translation>{length} m of track added; U takes it back.</translation>
    </message>
    <message>
      <source>{length} m of track found, {unseen} m of it unseen. Enter keeps it, Esc drops it.</source>
      <translation>{length} m of track found, {unseen} m of it unseen. Enter keeps it, Esc drops it.</translation>
    </message>
    <message>
      <source>{name}: {path} must be a file that ends in {suffix}.</source>
      <translation>{name}: {path} must be a file that ends in {suffix}.</translation>
    </message>
    <message>
      <source>{path} does not have its SHA-256: get the plugin again.</source>
      <translation>{path} does not have its SHA-256: get the plugin again.</translation>
    </message>
    <message>
      <source>{path} is in use: end running algorithms and press the button again.</source>
      <translation>{path} is in use: end running algorithms and press the button again.</translation>
    </message>
    <message>
      <source>{path} is no Python.</source>
      <translation>{path} is no Python.</translation>
    </message>
    <message>
      <source>{path} is not the engine's wheel file: its name must be {pattern}.</source>
      <translation>{path} is not the engine's wheel file: its name must be {pattern}.</translation>
    </message>
    <message>
      <source>{path} is not there.</source>
      <translation>{path} is not there.</translation>
    </message>
    <message>
      <source>{path}: cannot be written or run: {reason}</source>
      <translation>{path}: cannot be written or run: {reason}</translation>
    </message>
    <message>
      <source>“{words}” gave {answer}</source>
      <translation>“{words}” gave {answer}</translation>
    </message>
  </context>
</TS>
