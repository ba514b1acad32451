<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh" sourcelanguage="en">
  <context>
    <name>Railmap</name>
    <message>
      <source>.geojson, .fgb, .osm, .dxf, .xml, .ifc, .ttl, .csv or .qgz.</source>
      <translation>.geojson、.fgb、.osm、.dxf、.xml、.ifc、.ttl、.csv 或 .qgz。</translation>
    </message>
    <message>
      <source>0: they follow without a gap.</source>
      <translation>0：无缝相接。</translation>
    </message>
    <message>
      <source>50 m hold a line drawn some 10 m off and eight parallel tracks on each side.</source>
      <translation>50 m 可容纳偏移约 10 m 的线以及两侧各八条平行轨道。</translation>
    </message>
    <message>
      <source>72 for the rail 60E1.</source>
      <translation>60E1 钢轨为 72。</translation>
    </message>
    <message>
      <source>A disc is the same in all directions.</source>
      <translation>圆盘（disc）在各个方向上相同。</translation>
    </message>
    <message>
      <source>A kilometre that is longer or shorter by more than this is a jump.</source>
      <translation>长短差超过此值的公里视为断链。</translation>
    </message>
    <message>
      <source>A map or any line layer taken as true.</source>
      <translation>作为真值的地图或任意线图层。</translation>
    </message>
    <message>
      <source>A map or any line layer.</source>
      <translation>地图或任意线图层。</translation>
    </message>
    <message>
      <source>A page with images.</source>
      <translation>带图片的网页。</translation>
    </message>
    <message>
      <source>A view is cut from the image each time after this length of track.</source>
      <translation>每隔此轨道长度从影像中裁取一个视图。</translation>
    </message>
    <message>
      <source>Accept</source>
      <translation>接受</translation>
    </message>
    <message>
      <source>Accept: the track is right; it stays as it is when the image is mapped again. An issue is none. Reject: there is no track; it is removed and does not come back. Edit: change the track in QGIS; saving the edits counts as fixed. Fixed: the fault is corrected. Every decision is stored in the map at once; Undo takes back those of this session. Labels writes the decided places for “railmap train tracks”. The keys work while the panel has the focus: click on it.</source>
      <translation>接受：轨道正确，重新制图时保持不变；问题则视为无误。拒绝：此处没有轨道，将其删除且不再出现。编辑：在 QGIS 中修改轨道，保存编辑即视为已修正。已修正：错误已改正。每个决定立即存入地图；“撤销”可收回本次会话的决定。“标签”把已决定的位置写成“railmap train tracks”的训练数据。按键仅在面板有焦点时有效：请先点击面板。</translation>
    </message>
    <message>
      <source>Accuracy of the model (m)</source>
      <translation>模型精度（米）</translation>
    </message>
    <message>
      <source>Accuracy of the positions (m)</source>
      <translation>位置精度(米)</translation>
    </message>
    <message>
      <source>Across, or across,along the rail; empty: from the width of the rail head.</source>
      <translation>横向，或“横向,纵向”；留空：由轨头宽度推算。</translation>
    </message>
    <message>
      <source>Add kilometre posts</source>
      <translation>添加公里标</translation>
    </message>
    <message>
      <source>Add kilometre posts by clicks</source>
      <translation>点击添加公里标</translation>
    </message>
    <message>
      <source>Add line</source>
      <translation>添加线路</translation>
    </message>
    <message>
      <source>Add lines automatically</source>
      <translation>自动添加线路</translation>
    </message>
    <message>
      <source>Added to the time in the images, for the track log.</source>
      <translation>加到图片的时间上，用于轨迹记录。</translation>
    </message>
    <message>
      <source>Adds a line along each sequence of tracks that continues straight through its switches. A line takes the number that most of its tracks have; the others are numbered from the longest to the shortest.</source>
      <translation>沿每一组直向通过道岔的连续轨道添加一条线路。线路采用其多数轨道的编号;其余线路按从长到短编号。</translation>
    </message>
    <message>
      <source>Adds a railway line to a map: the shortest path between two nodes, without reversing. Its chainage is in metres from the start until “Add kilometre posts” calibrates it.</source>
      <translation>向地图添加一条铁路线路:两节点间不折返的最短路径。在用“添加公里标”校准之前,里程为距起点的米数。</translation>
    </message>
    <message>
      <source>Adds kilometre posts to a line of a map and calibrates its chainage with them. The log has posts that do not fit and kilometres that are longer or shorter than 1000 m.</source>
      <translation>向地图中的线路添加公里标,并据此校准其里程。日志列出不吻合的公里标以及长于或短于 1000 米的公里。</translation>
    </message>
    <message>
      <source>Alignment</source>
      <translation>线形</translation>
    </message>
    <message>
      <source>Along the line, of the same scene.</source>
      <translation>沿线路且场景相同。</translation>
    </message>
    <message>
      <source>Along the track.</source>
      <translation>沿轨道。</translation>
    </message>
    <message>
      <source>An engine of its own takes 1.1 GB of disk, with the packages that it needs; downloading and installing takes some minutes.</source>
      <translation>专用引擎及其所需软件包占用 1.1 GB 磁盘；下载和安装需要几分钟。</translation>
    </message>
    <message>
      <source>Another number divides the photos otherwise.</source>
      <translation>换一个数字会以不同方式划分照片。</translation>
    </message>
    <message>
      <source>Any layer of the map, or its GeoPackage.</source>
      <translation>地图的任一图层或其 GeoPackage 文件。</translation>
    </message>
    <message>
      <source>Any layer of the map, or its GeoPackage; it is changed. Empty: results are not placed on a map.</source>
      <translation>地图的任一图层或其 GeoPackage；会被修改。留空：单独存放。</translation>
    </message>
    <message>
      <source>Any of its layers, or its file.</source>
      <translation>其任一图层，或其文件。</translation>
    </message>
    <message>
      <source>Any vector layer, or a table with line and km; optionally the selected features only.</source>
      <translation>任意矢量图层,或含线路和公里数的表;可只用选中的要素。</translation>
    </message>
    <message>
      <source>Area to evaluate</source>
      <translation>评价范围</translation>
    </message>
    <message>
      <source>Area to process</source>
      <translation>处理范围</translation>
    </message>
    <message>
      <source>Areas to ignore</source>
      <translation>不评价的区域</translation>
    </message>
    <message>
      <source>As in the layer railway_line of the map.</source>
      <translation>与地图图层 railway_line 中的一致。</translation>
    </message>
    <message>
      <source>As on the post; metres beyond it after “+”.</source>
      <translation>与公里标上的文字相同；“+”后为超出的米数。</translation>
    </message>
    <message>
      <source>Attach events to tracks</source>
      <translation>将事件关联到轨道</translation>
    </message>
    <message>
      <source>Bands used as red, green, blue</source>
      <translation>用作红、绿、蓝的波段</translation>
    </message>
    <message>
      <source>Basemaps of other servers</source>
      <translation>其他服务器的底图</translation>
    </message>
    <message>
      <source>Bridges, trees and trains hide tracks; bridged parts are dashed. Next to a parallel track gaps up to four times as wide are bridged.</source>
      <translation>桥梁、树木和列车会遮挡轨道;补连部分以虚线表示。旁边有平行轨道时,可补连至四倍宽的间隙。</translation>
    </message>
    <message>
      <source>CPU threads</source>
      <translation>CPU 线程数</translation>
    </message>
    <message>
      <source>CRS of x and y in the table</source>
      <translation>表中 x、y 的坐标系</translation>
    </message>
    <message>
      <source>CSV with the column image, and lon, lat or x, y or line, km.</source>
      <translation>CSV，含列 image，以及 lon, lat 或 x, y 或 line, km。</translation>
    </message>
    <message>
      <source>CSV.</source>
      <translation>CSV。</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <source>Cancelled; no partial output remains.</source>
      <translation>已取消;没有留下未完成的文件。</translation>
    </message>
    <message>
      <source>Cancelled; nothing was installed.</source>
      <translation>已取消;未安装任何内容。</translation>
    </message>
    <message>
      <source>Chainage, defects and scenes</source>
      <translation>里程、缺陷与场景</translation>
    </message>
    <message>
      <source>Changes</source>
      <translation>变化</translation>
    </message>
    <message>
      <source>Changes of defects</source>
      <translation>缺陷的变化</translation>
    </message>
    <message>
      <source>Changes of switches and nodes</source>
      <translation>道岔与节点的变化</translation>
    </message>
    <message>
      <source>Changes of tracks</source>
      <translation>轨道的变化</translation>
    </message>
    <message>
      <source>Changes the later map: corresponding objects take the earlier ids.</source>
      <translation>会修改后期地图：同一对象保留其标识。</translation>
    </message>
    <message>
      <source>Check map</source>
      <translation>检查地图</translation>
    </message>
    <message>
      <source>Checks topology, measures and values of a map. Issues are written to the layer qa_issue of the map and to the log.</source>
      <translation>检查地图的拓扑、里程和属性值。结果写入地图的 qa_issue 图层和日志。</translation>
    </message>
    <message>
      <source>Choose a wheel file</source>
      <translation>选择 wheel 文件</translation>
    </message>
    <message>
      <source>Choose another Python</source>
      <translation>选择其他 Python</translation>
    </message>
    <message>
      <source>Choose {pattern}; “pip wheel --no-deps .” in a clone builds one.</source>
      <translation>请选择 {pattern};在克隆的仓库中运行“pip wheel --no-deps .”即可生成。</translation>
    </message>
    <message>
      <source>Classifies each stretch of the tracks in an orthophoto, seen from above. The scenes are written to the layer scene_event of the map. The model must be made from such views: “Cut views along tracks”, then “Teach scenes”.</source>
      <translation>对正射影像中各段轨道按俯视视图分类。场景写入地图的 scene_event 图层。模型须由此类视图制成:先“沿轨道裁取视图”,再“教授场景”。</translation>
    </message>
    <message>
      <source>Classifies railway photos: platform, tunnel, bridge, crossing and others. With a map, photos with a GPS position are placed on its tracks; successive photos of one class along a line become a stretch.</source>
      <translation>判断铁路照片的内容：站台、隧道、桥梁、道口等。若给出地图，带 GPS 位置的照片会定位到轨道上；沿线同一场景的照片连成区段。</translation>
    </message>
    <message>
      <source>Classify railway photos</source>
      <translation>铁路照片分类</translation>
    </message>
    <message>
      <source>Classify scenes along tracks</source>
      <translation>沿轨道分类场景</translation>
    </message>
    <message>
      <source>Compare two surveys</source>
      <translation>比较两次测量</translation>
    </message>
    <message>
      <source>Confidence below</source>
      <translation>置信度低于</translation>
    </message>
    <message>
      <source>Converts a kilometre, such as “6185 km 12.400 +3.2”, to a position, or a position to a kilometre. The map needs a line with chainage.</source>
      <translation>查找里程对应的位置(如“6185 km 12.400 +3.2”),或位置对应的里程。地图需含带里程的线路。</translation>
    </message>
    <message>
      <source>Copy the log</source>
      <translation>复制日志</translation>
    </message>
    <message>
      <source>Correct the variable {variable} or remove it.</source>
      <translation>请改正或删除变量 {variable}。</translation>
    </message>
    <message>
      <source>Create the map</source>
      <translation>制作地图</translation>
    </message>
    <message>
      <source>Cut views along tracks</source>
      <translation>沿轨道裁取视图</translation>
    </message>
    <message>
      <source>Cuts the views that “Classify scenes along tracks” classifies, as pictures. Sort them into a folder for each scene, and teach a model with “Teach scenes”.</source>
      <translation>将“沿轨道分类场景”所分类的视图裁成图片。请按场景分入各自文件夹,再用“教授场景”制作模型。</translation>
    </message>
    <message>
      <source>Day of the forecast</source>
      <translation>预测日期</translation>
    </message>
    <message>
      <source>Day of the survey</source>
      <translation>测量日期</translation>
    </message>
    <message>
      <source>Defect outlines</source>
      <translation>缺陷轮廓</translation>
    </message>
    <message>
      <source>Defects</source>
      <translation>缺陷</translation>
    </message>
    <message>
      <source>Defects farther apart are different ones.</source>
      <translation>相距更远的视为另一缺陷。</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>设备</translation>
    </message>
    <message>
      <source>Device of the network; auto takes the fastest available.</source>
      <translation>网络运行的设备;auto 选用最快的可用设备。</translation>
    </message>
    <message>
      <source>Digitise track</source>
      <translation>数字化轨道</translation>
    </message>
    <message>
      <source>Distance from these lines (m)</source>
      <translation>与这些线的距离（米）</translation>
    </message>
    <message>
      <source>Distance of the heights (m)</source>
      <translation>高程间距（米）</translation>
    </message>
    <message>
      <source>Draw map over image</source>
      <translation>在影像上绘制地图</translation>
    </message>
    <message>
      <source>Draws a map over its image, as a picture for a report or a quick look.</source>
      <translation>将地图绘制在其影像上,生成用于报告或快速查看的图片。</translation>
    </message>
    <message>
      <source>Each image is at a lower kilometre than the previous one.</source>
      <translation>图片朝里程减小的方向。</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>编辑</translation>
    </message>
    <message>
      <source>Elevation model</source>
      <translation>高程模型</translation>
    </message>
    <message>
      <source>Empty: T, for T1, T2 and so on.</source>
      <translation>留空:T,即 T1、T2 等。</translation>
    </message>
    <message>
      <source>Empty: all.</source>
      <translation>留空:全部。</translation>
    </message>
    <message>
      <source>Empty: that which the model states.</source>
      <translation>留空：模型中注明的单位。</translation>
    </message>
    <message>
      <source>Empty: the coarsest that is fine enough for the model.</source>
      <translation>留空：对模型而言足够精细的最粗级别。</translation>
    </message>
    <message>
      <source>Empty: the images that the map names.</source>
      <translation>留空：地图中记录的影像。</translation>
    </message>
    <message>
      <source>Empty: the map's name.</source>
      <translation>留空:地图名称。</translation>
    </message>
    <message>
      <source>Empty: the map's.</source>
      <translation>留空：地图的坐标系。</translation>
    </message>
    <message>
      <source>Empty: the name of the map.</source>
      <translation>留空：地图的名称。</translation>
    </message>
    <message>
      <source>End</source>
      <translation>终点</translation>
    </message>
    <message>
      <source>End as text</source>
      <translation>终点(文本)</translation>
    </message>
    <message>
      <source>Evaluate against reference</source>
      <translation>与参考数据对比评价</translation>
    </message>
    <message>
      <source>Evaluates lines, switches and paths of a map against a reference: completeness, correctness, offsets. The tables are in the log.</source>
      <translation>对照参考数据评价地图的线、道岔和路径:完整率、正确率、偏差。表格见日志。</translation>
    </message>
    <message>
      <source>Events</source>
      <translation>事件</translation>
    </message>
    <message>
      <source>Everything is reviewed.</source>
      <translation>全部审核完毕。</translation>
    </message>
    <message>
      <source>Examine each image once</source>
      <translation>每幅影像只检查一次</translation>
    </message>
    <message>
      <source>Explain the scene of a photo</source>
      <translation>解释照片的场景</translation>
    </message>
    <message>
      <source>Explained in addition, separated by semicolons.</source>
      <translation>额外解释的场景,以分号分隔。</translation>
    </message>
    <message>
      <source>Export map</source>
      <translation>导出地图</translation>
    </message>
    <message>
      <source>Exported map</source>
      <translation>导出的地图</translation>
    </message>
    <message>
      <source>Extent to process</source>
      <translation>处理的矩形范围</translation>
    </message>
    <message>
      <source>Extract rail tracks</source>
      <translation>提取铁路轨道</translation>
    </message>
    <message>
      <source>Extracts the centreline of every railway track in a drone or satellite image, joined at switches, into a styled GeoPackage. The map is in the CRS of the image if that is in metres, else in UTM.</source>
      <translation>在无人机或卫星影像中找出每条铁路轨道,绘制在道岔处相连的中心线,写入带样式的 GeoPackage。若影像坐标系以米为单位则沿用,否则使用 UTM。</translation>
    </message>
    <message>
      <source>Fills gaps and holes narrower than twice the radius, after the opening; 0: none.</source>
      <translation>在开运算之后填补窄于半径两倍的间隙和孔洞；0 表示不填补。</translation>
    </message>
    <message>
      <source>Find route</source>
      <translation>查找径路</translation>
    </message>
    <message>
      <source>Finds defects in images of the rail head from above and measures them: area, length, severity. With a map and the positions of the images (line and kilometre, a table, a track log or their own GPS), the defects are also placed on its tracks.</source>
      <translation>在轨头俯视图片中查找并量测缺陷：面积、长度、严重程度。若给出地图和图片位置（线路与里程、表格、轨迹记录或自带 GPS），缺陷还会定位到地图的轨道上。</translation>
    </message>
    <message>
      <source>Finds the route of a train with the fewest reversals, and of these the shortest. A train passes a switch between toe and leg only and a crossing straight on or over a slip. The route comes with its links, the switches with their position, and the reversals.</source>
      <translation>查找换向次数最少、其中最短的列车径路。列车只在岔尖与岔股之间通过道岔,直行通过交叉或经交分道岔转线。结果包括经过的轨道、道岔及其位置和换向处。</translation>
    </message>
    <message>
      <source>Finds tracks and switches that are new, removed, moved or changed between two maps of the same place, and defects that are new, grown or repaired. The changes are written to a GeoPackage.</source>
      <translation>找出同一地点的两幅地图之间哪些轨道和道岔是新增、移除、移动或更改的，以及哪些缺陷是新出现、扩大或消失的。变化写入单独的 GeoPackage。</translation>
    </message>
    <message>
      <source>Fit the centreline to</source>
      <translation>中心线拟合依据</translation>
    </message>
    <message>
      <source>Fixed</source>
      <translation>已修正</translation>
    </message>
    <message>
      <source>Folder of images</source>
      <translation>图片文件夹</translation>
    </message>
    <message>
      <source>Folder of photos</source>
      <translation>照片文件夹</translation>
    </message>
    <message>
      <source>Folder of sorted photos</source>
      <translation>已分类照片的文件夹</translation>
    </message>
    <message>
      <source>Folder, new or one with a map published before.</source>
      <translation>新文件夹,或此前发布过地图的文件夹。</translation>
    </message>
    <message>
      <source>Follow defects through surveys</source>
      <translation>跨期跟踪缺陷</translation>
    </message>
    <message>
      <source>Follows defects through the maps of two or more surveys: area at each survey, growth, and from three surveys on a forecast. The maps need attached defects with a day of the survey.</source>
      <translation>在两期或多期测量的地图中跟踪缺陷：各期面积、增长，三期及以上给出预测。地图中须有已定位且带测量日期的缺陷。</translation>
    </message>
    <message>
      <source>For GeoJSON and FlatGeobuf, empty: railway_link; for CSV a layer of events, empty: all. Other formats have the whole map.</source>
      <translation>用于 GeoJSON 和 FlatGeobuf,留空:railway_link;用于 CSV 时为事件图层,留空:全部。其他格式包含整幅地图。</translation>
    </message>
    <message>
      <source>For the changes; any of its layers, or its file.</source>
      <translation>用于比较变化；其任一图层或其文件。</translation>
    </message>
    <message>
      <source>Forget it</source>
      <translation>清除设置</translation>
    </message>
    <message>
      <source>Free text.</source>
      <translation>任意文本。</translation>
    </message>
    <message>
      <source>Further scenes</source>
      <translation>其他场景</translation>
    </message>
    <message>
      <source>GPS track log</source>
      <translation>GPS 轨迹记录</translation>
    </message>
    <message>
      <source>GPX, or CSV with time, lon, lat; matched by the time of each image.</source>
      <translation>GPX，或含 time, lon, lat 的 CSV；按拍摄时间匹配。</translation>
    </message>
    <message>
      <source>GeoPackage with all layers.</source>
      <translation>包含全部图层的 GeoPackage。</translation>
    </message>
    <message>
      <source>GeoPackage with one row per photo.</source>
      <translation>每张照片一行的 GeoPackage。</translation>
    </message>
    <message>
      <source>GeoPackage with the defects, their outlines in pixels, and a table of the images.</source>
      <translation>GeoPackage，含缺陷、其像素轮廓和图片。</translation>
    </message>
    <message>
      <source>GeoTIFF with values 0 to 254 and 255 where there is no image.</source>
      <translation>GeoTIFF,取值 0 到 254,无影像处为 255。</translation>
    </message>
    <message>
      <source>GeoTIFF.</source>
      <translation>GeoTIFF。</translation>
    </message>
    <message>
      <source>Georeferenced image, 0.8 to 60 cm per pixel, or an XYZ, WMTS or WMS layer: then give the extent to process and the licence.</source>
      <translation>有地理参考的影像，每像素 0.8 至 60 厘米；也可以是 XYZ、WMTS 或 WMS 图层，此时须给出处理范围和许可。</translation>
    </message>
    <message>
      <source>Give one of these: {names}.</source>
      <translation>请给出其中一个：{names}。</translation>
    </message>
    <message>
      <source>Give the later map the ids of the earlier one</source>
      <translation>让后期地图沿用前期地图的标识</translation>
    </message>
    <message>
      <source>Gives the tracks of a map heights, gradients and a vertical alignment of constant gradients and parabolas. Bridges, tunnels, gaps in the model and what is too steep for a track are bridged and marked.</source>
      <translation>为地图的轨道赋予高程、坡度以及由等坡段和抛物线组成的纵断面。桥梁、隧道、模型空缺以及对轨道而言过陡之处将被插补并标记。</translation>
    </message>
    <message>
      <source>Gives the tracks of a map the names, numbers, usage, service and electrification of the same tracks in OpenStreetMap, and reports tracks that only one of the two has. The licence of the data (ODbL) is stored in the map.</source>
      <translation>为地图中的轨道赋予 OpenStreetMap 中相同轨道的名称、编号、用途、服务和电气化属性,并报告仅一方具有的轨道。数据许可(ODbL)存入地图。</translation>
    </message>
    <message>
      <source>Growth</source>
      <translation>增长</translation>
    </message>
    <message>
      <source>Heights</source>
      <translation>高程</translation>
    </message>
    <message>
      <source>Heights from an elevation model</source>
      <translation>从高程模型获取高程</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>帮助</translation>
    </message>
    <message>
      <source>Image</source>
      <translation>影像</translation>
    </message>
    <message>
      <source>Image beneath</source>
      <translation>底图影像</translation>
    </message>
    <message>
      <source>Image for the pictures</source>
      <translation>用于截图的影像</translation>
    </message>
    <message>
      <source>Image of the earlier survey</source>
      <translation>前期测量的影像</translation>
    </message>
    <message>
      <source>Image of the result</source>
      <translation>图片</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>影像</translation>
    </message>
    <message>
      <source>Images in the direction of falling kilometres</source>
      <translation>逆里程方向行驶</translation>
    </message>
    <message>
      <source>Instead of a line, a table or a track log.</source>
      <translation>代替线路、表格或轨迹记录。</translation>
    </message>
    <message>
      <source>Instead of events: photos with a GPS position.</source>
      <translation>代替事件：带 GPS 位置的照片。</translation>
    </message>
    <message>
      <source>Instead of six times: four times as fast, finds less.</source>
      <translation>而非六次：速度为四倍，但发现较少。</translation>
    </message>
    <message>
      <source>Instead of the point: a node_id, or a kilometre: 6185 km 12.430.</source>
      <translation>代替点:node_id 或里程,如 6185 km 12.430。</translation>
    </message>
    <message>
      <source>Instead of the point: a node_id, or its first characters.</source>
      <translation>代替点:node_id 或其开头几个字符。</translation>
    </message>
    <message>
      <source>Its kilometre posts are deleted too.</source>
      <translation>其公里标也将被删除。</translation>
    </message>
    <message>
      <source>JPEG and other photos.</source>
      <translation>JPEG 等照片。</translation>
    </message>
    <message>
      <source>JPEG, PNG, TIFF or WebP.</source>
      <translation>JPEG、PNG、TIFF 或 WebP。</translation>
    </message>
    <message>
      <source>JSON.</source>
      <translation>JSON。</translation>
    </message>
    <message>
      <source>Keep the folders of images</source>
      <translation>保留影像的文件夹</translation>
    </message>
    <message>
      <source>Kilometre</source>
      <translation>里程</translation>
    </message>
    <message>
      <source>Kilometre at the start of the first image (km)</source>
      <translation>第一张图片起点的里程（公里）</translation>
    </message>
    <message>
      <source>Kilometre post</source>
      <translation>公里标</translation>
    </message>
    <message>
      <source>Kilometre posts</source>
      <translation>公里标</translation>
    </message>
    <message>
      <source>Labels for training</source>
      <translation>训练标签</translation>
    </message>
    <message>
      <source>Labels of {accepted} accepted and {rejected} rejected tracks: {path}</source>
      <translation>{accepted} 条已接受和 {rejected} 条已拒绝轨道的标签：{path}</translation>
    </message>
    <message>
      <source>Labels…</source>
      <translation>标签…</translation>
    </message>
    <message>
      <source>Largest difference of direction (°)</source>
      <translation>方向最大差值（°）</translation>
    </message>
    <message>
      <source>Largest displacement of a track (m)</source>
      <translation>轨道的最大位移（米）</translation>
    </message>
    <message>
      <source>Largest distance of a point to a track (m)</source>
      <translation>点到轨道的最大距离(米)</translation>
    </message>
    <message>
      <source>Largest distance of a post to the line (m)</source>
      <translation>公里标到线路的最大距离(米)</translation>
    </message>
    <message>
      <source>Largest distance of the line from the fitted curve (m)</source>
      <translation>线与拟合曲线的最大偏差(米)</translation>
    </message>
    <message>
      <source>Largest distance of the position from a line (m)</source>
      <translation>位置到线路的最大距离（米）</translation>
    </message>
    <message>
      <source>Largest distance of the same defect (m)</source>
      <translation>同一缺陷的最大间距（米）</translation>
    </message>
    <message>
      <source>Largest distance of the same track (m)</source>
      <translation>同一轨道的最大距离(米)</translation>
    </message>
    <message>
      <source>Largest distance to a track (m)</source>
      <translation>超过此距离即不属于任何轨道(米)</translation>
    </message>
    <message>
      <source>Largest gap within a stretch (m)</source>
      <translation>间距在此内的照片连成区段（米）</translation>
    </message>
    <message>
      <source>Layer to export</source>
      <translation>要导出的图层</translation>
    </message>
    <message>
      <source>Layer to write</source>
      <translation>写入的图层</translation>
    </message>
    <message>
      <source>Layer “{name}” cannot be exported: {reason}</source>
      <translation>图层“{name}”无法导出:{reason}</translation>
    </message>
    <message>
      <source>Layer “{name}” comes from {kind}, not from a file: save it as a GeoTIFF first (right-click, Export, Save As…).</source>
      <translation>图层“{name}”来自 {kind} 而非文件:请先另存为 GeoTIFF(右键,导出,另存为…)。</translation>
    </message>
    <message>
      <source>Layer “{name}” has a login that is stored in QGIS, which the engine cannot read.</source>
      <translation>图层“{name}”的登录信息保存在 QGIS 中，引擎无法读取。</translation>
    </message>
    <message>
      <source>Layer “{name}” has changes that are not saved: save them first.</source>
      <translation>图层“{name}”有未保存的修改:请先保存。</translation>
    </message>
    <message>
      <source>Layer “{name}” is a map service; give: {names}.</source>
      <translation>图层“{name}”是地图服务；请给出：{names}。</translation>
    </message>
    <message>
      <source>Layer “{name}” is not a layer of a railmap GeoPackage.</source>
      <translation>图层“{name}”不是 railmap GeoPackage 的图层。</translation>
    </message>
    <message>
      <source>Layer “{name}” is set to {set} but its file states {own}: save it with the right CRS first (Raster › Projections › Assign projection).</source>
      <translation>图层“{name}”设为 {set},但其文件为 {own}:请先以正确的坐标系保存(栅格 › 投影 › 指定投影)。</translation>
    </message>
    <message>
      <source>Least confidence of a track</source>
      <translation>轨道的最低置信度</translation>
    </message>
    <message>
      <source>Least jump of the chainage (m)</source>
      <translation>里程断链的最小值(米)</translation>
    </message>
    <message>
      <source>Least probability of a scene on the map</source>
      <translation>上图场景的最低概率</translation>
    </message>
    <message>
      <source>Left or right in the direction of rising kilometres.</source>
      <translation>按里程增加方向的左或右。</translation>
    </message>
    <message>
      <source>Length of the train (m)</source>
      <translation>列车长度(米)</translation>
    </message>
    <message>
      <source>Level of XYZ or WMTS tiles</source>
      <translation>XYZ 或 WMTS 瓦片的级别</translation>
    </message>
    <message>
      <source>Licence of the image</source>
      <translation>影像的许可</translation>
    </message>
    <message>
      <source>Licence or permission under which you may map from it, with its address; needed for map services, whose terms often forbid it. The map states it.</source>
      <translation>允许据此制图的许可及其网址；地图服务必须填写，因为其条款常常禁止制图。地图会注明该许可。</translation>
    </message>
    <message>
      <source>Line</source>
      <translation>线路</translation>
    </message>
    <message>
      <source>Line layer of an extract (.osm, .osm.pbf), or any with a column railway.</source>
      <translation>摘录(.osm、.osm.pbf)的线图层,或任何含 railway 列的图层。</translation>
    </message>
    <message>
      <source>Line, km, metres beyond: 6185 km 12.400 +3.2; or leave it empty.</source>
      <translation>线路、公里、超出的米数:6185 km 12.400 +3.2;或留空。</translation>
    </message>
    <message>
      <source>Lines</source>
      <translation>线路</translation>
    </message>
    <message>
      <source>Lines that differ by more are not the same track.</source>
      <translation>差值更大的线不视为同一轨道。</translation>
    </message>
    <message>
      <source>Locate by chainage</source>
      <translation>按里程定位</translation>
    </message>
    <message>
      <source>Location</source>
      <translation>位置</translation>
    </message>
    <message>
      <source>Longer parts without heights stay without.</source>
      <translation>更长的无高程路段保持为空。</translation>
    </message>
    <message>
      <source>Longest gap that is bridged (m)</source>
      <translation>可插补的最长空缺（米）</translation>
    </message>
    <message>
      <source>Longest side (pixels)</source>
      <translation>最长边(像素)</translation>
    </message>
    <message>
      <source>Lower finds more defects, higher gives fewer false ones; empty: the threshold of the model.</source>
      <translation>较低可发现更多缺陷,较高可减少误报;留空:模型的阈值。</translation>
    </message>
    <message>
      <source>Lower finds more track, higher gives fewer false tracks; empty: the threshold of the model.</source>
      <translation>越低找到的越多,越高误报越少;留空:采用模型自带值。</translation>
    </message>
    <message>
      <source>Makes a scene model from your own photos, sorted into a folder for each scene; ten of each are enough. The log has how often photos are recognised by a model made without them, which scenes are confused, and photos that may be in the wrong folder.</source>
      <translation>用您自己的照片制作场景模型,照片按场景分入各文件夹;每类十张即可。日志列出照片被未用其训练的模型识别的比例、易混淆的场景,以及可能放错文件夹的照片。</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>地图</translation>
    </message>
    <message>
      <source>Map of the earlier survey</source>
      <translation>前期测量的地图</translation>
    </message>
    <message>
      <source>Map of the later survey</source>
      <translation>后期测量的地图</translation>
    </message>
    <message>
      <source>Map to place them on</source>
      <translation>要定位到的地图</translation>
    </message>
    <message>
      <source>Maps of the surveys</source>
      <translation>各期测量的地图</translation>
    </message>
    <message>
      <source>Matched green, missed blue, false red, duplicate orange.</source>
      <translation>匹配为绿,遗漏为蓝,误报为红,重复为橙。</translation>
    </message>
    <message>
      <source>Minimum area of a defect (mm²)</source>
      <translation>报告的最小缺陷（平方毫米）</translation>
    </message>
    <message>
      <source>Minimum length of a change (m)</source>
      <translation>报告的最短轨道变化（米）</translation>
    </message>
    <message>
      <source>Minimum length of a line (m)</source>
      <translation>线路的最小长度(米)</translation>
    </message>
    <message>
      <source>Minimum length of an isolated track (m)</source>
      <translation>孤立轨道的最短长度(米)</translation>
    </message>
    <message>
      <source>Minimum length that is reported (m)</source>
      <translation>报告的最小长度(米)</translation>
    </message>
    <message>
      <source>Minimum radius (m)</source>
      <translation>不受怀疑的最小半径(米)</translation>
    </message>
    <message>
      <source>Minimum track spacing (m)</source>
      <translation>不受怀疑的最小线间距(米)</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>More images of the same mosaic</source>
      <translation>同一镶嵌的其他影像</translation>
    </message>
    <message>
      <source>NAME=https://HOST/{z}/{x}/{y}.png ATTRIBUTION; several are separated by semicolons. A reader may choose one; the server then sees who does.</source>
      <translation>NAME=https://HOST/{z}/{x}/{y}.png 来源说明；多个以分号分隔。读者可选择其一；届时该服务器可知晓访问者。</translation>
    </message>
    <message>
      <source>Name of the line</source>
      <translation>线路名称</translation>
    </message>
    <message>
      <source>New folder.</source>
      <translation>新文件夹。</translation>
    </message>
    <message>
      <source>Next</source>
      <translation>下一个</translation>
    </message>
    <message>
      <source>No Python 3.11 or newer was found: install one, or choose it with “…”.</source>
      <translation>未找到 Python 3.11 或更新版本:请安装,或用“…”选择。</translation>
    </message>
    <message>
      <source>No licence is stored in the map.</source>
      <translation>地图中不存储许可。</translation>
    </message>
    <message>
      <source>Nodes in between</source>
      <translation>途经节点</translation>
    </message>
    <message>
      <source>Nothing to review: no track below this confidence and no open issue.</source>
      <translation>没有需要审核的内容：没有低于此置信度的轨道，也没有未处理的问题。</translation>
    </message>
    <message>
      <source>Number of defects in the report</source>
      <translation>报告中的缺陷数</translation>
    </message>
    <message>
      <source>Number of pictures</source>
      <translation>图片数量</translation>
    </message>
    <message>
      <source>Number of scenes</source>
      <translation>场景数量</translation>
    </message>
    <message>
      <source>Number of the line</source>
      <translation>线路编号</translation>
    </message>
    <message>
      <source>ONNX file of “Teach scenes”, made from views from above.</source>
      <translation>由俯视视图经“教授场景”制成的 ONNX 文件。</translation>
    </message>
    <message>
      <source>ONNX file.</source>
      <translation>ONNX 文件。</translation>
    </message>
    <message>
      <source>ONNX file; empty: the model that comes with the engine.</source>
      <translation>ONNX 文件;留空:使用引擎自带的模型。</translation>
    </message>
    <message>
      <source>Of one rail, in order.</source>
      <translation>同一钢轨，按顺序。</translation>
    </message>
    <message>
      <source>Offline: install from the folder of the wheel file only</source>
      <translation>离线:全部取自 wheel 文件所在文件夹</translation>
    </message>
    <message>
      <source>One HTML file.</source>
      <translation>单个 HTML 文件。</translation>
    </message>
    <message>
      <source>One sigma of its heights; empty: from their scatter.</source>
      <translation>其高程的一倍标准差；留空：由其离散程度得出。</translation>
    </message>
    <message>
      <source>One sigma, for positions without an accuracy.</source>
      <translation>一倍中误差，用于未注明精度的位置。</translation>
    </message>
    <message>
      <source>One sigma; empty: 1 m, photos 5 m.</source>
      <translation>一倍中误差；留空：1 米，照片 5 米。</translation>
    </message>
    <message>
      <source>Only for an image that has no georeference.</source>
      <translation>仅用于没有地理参考的影像。</translation>
    </message>
    <message>
      <source>Only near these lines</source>
      <translation>仅处理这些线附近</translation>
    </message>
    <message>
      <source>Only the area within these polygons is evaluated.</source>
      <translation>多边形之外不作评价。</translation>
    </message>
    <message>
      <source>Only the area within these polygons is processed; optionally the selected features only.</source>
      <translation>多边形之外不处理;可只用选中的要素。</translation>
    </message>
    <message>
      <source>Orthophoto that shows the tracks of the map.</source>
      <translation>显示地图中轨道的正射影像。</translation>
    </message>
    <message>
      <source>Otherwise only empty values of the map are filled.</source>
      <translation>否则只填充地图中的空值。</translation>
    </message>
    <message>
      <source>Otherwise the file has only the names of images.</source>
      <translation>否则文件中只有影像的名称。</translation>
    </message>
    <message>
      <source>Otherwise the first such event is an error and nothing is written.</source>
      <translation>否则遇到第一个即报错,不写入任何内容。</translation>
    </message>
    <message>
      <source>Otherwise the page has only the names of images.</source>
      <translation>否则网页中只有影像名称。</translation>
    </message>
    <message>
      <source>PNG or JPEG.</source>
      <translation>PNG 或 JPEG。</translation>
    </message>
    <message>
      <source>PNG.</source>
      <translation>PNG。</translation>
    </message>
    <message>
      <source>Page of photos and explanations</source>
      <translation>照片与解释页面</translation>
    </message>
    <message>
      <source>Parallel tracks that are closer are reported.</source>
      <translation>间距小于此值的并行轨道会被报告。</translation>
    </message>
    <message>
      <source>Photo</source>
      <translation>照片</translation>
    </message>
    <message>
      <source>Photos</source>
      <translation>照片</translation>
    </message>
    <message>
      <source>Photos of lower probability stay in the table only.</source>
      <translation>把握较小的只留在表中。</translation>
    </message>
    <message>
      <source>Photos that events, defects and scenes name, shown at their places. Photos beside the map are found anyway.</source>
      <translation>事件、缺陷和场景所引用的照片，在其位置显示。地图所在文件夹中的照片会自动找到。</translation>
    </message>
    <message>
      <source>Picture</source>
      <translation>图片</translation>
    </message>
    <message>
      <source>Picture of the growth</source>
      <translation>增长图</translation>
    </message>
    <message>
      <source>Pixel size (mm)</source>
      <translation>像素大小（毫米）</translation>
    </message>
    <message>
      <source>Pixel size of an image without one (m)</source>
      <translation>无像元大小信息的影像的像元大小(米)</translation>
    </message>
    <message>
      <source>Places points, lines or polygons on the tracks of a map, or photos where their GPS says they were taken: track, chainage, offset and side, and whether two tracks are nearly as likely. The events become a layer of the map.</source>
      <translation>将点、线或多边形，或按 GPS 位置将照片，定位到地图的轨道上：轨道、里程、偏距与侧别，以及是否有两条轨道几乎同样可能。事件成为地图的一个图层。</translation>
    </message>
    <message>
      <source>Point to convert to a kilometre, instead of the above.</source>
      <translation>要查询里程的点,代替上面的里程。</translation>
    </message>
    <message>
      <source>Point where the line begins; the nearest node within 25 m counts.</source>
      <translation>线路起点;取 25 米内最近的节点。</translation>
    </message>
    <message>
      <source>Point where the line ends; the nearest node within 25 m counts.</source>
      <translation>线路终点;取 25 米内最近的节点。</translation>
    </message>
    <message>
      <source>Point where the route begins; the nearest track counts.</source>
      <translation>径路起点;取最近的轨道。</translation>
    </message>
    <message>
      <source>Point where the route ends; the nearest track counts.</source>
      <translation>径路终点;取最近的轨道。</translation>
    </message>
    <message>
      <source>Point with its chainage.</source>
      <translation>带里程的点。</translation>
    </message>
    <message>
      <source>Points farther away are refused.</source>
      <translation>更远的点将被拒绝。</translation>
    </message>
    <message>
      <source>Points, or a table with x and y, and a column position_km or position_text; optionally the selected features only.</source>
      <translation>点,或含 x 和 y 的表,并有 position_km 或 position_text 列;可仅用所选要素。</translation>
    </message>
    <message>
      <source>Position</source>
      <translation>位置</translation>
    </message>
    <message>
      <source>Positions farther away have no kilometre.</source>
      <translation>更远的位置没有里程。</translation>
    </message>
    <message>
      <source>Post {text} added. Line {line}: km {start} to {end}, number of posts: {posts}. U takes it back.</source>
      <translation>已添加公里标 {text}。线路 {line}：公里 {start} 至 {end}，公里标数：{posts}。按 U 撤销。</translation>
    </message>
    <message>
      <source>Prefix of the numbers</source>
      <translation>编号前缀</translation>
    </message>
    <message>
      <source>Press “Set up the engine…” in the menu Plugins › Railmap.</source>
      <translation>请在菜单“插件 › Railmap”中按“设置引擎…”。</translation>
    </message>
    <message>
      <source>Previous</source>
      <translation>上一个</translation>
    </message>
    <message>
      <source>Probability from which a pixel is defect</source>
      <translation>像素判为缺陷的概率下限</translation>
    </message>
    <message>
      <source>Probability from which a pixel is track</source>
      <translation>像元判为轨道的概率阈值</translation>
    </message>
    <message>
      <source>Probability or mask</source>
      <translation>概率或掩膜</translation>
    </message>
    <message>
      <source>Probability that a piece of line is track, for models that give it: lower finds more, higher gives fewer false tracks.</source>
      <translation>线段为轨道的概率(适用于提供该值的模型):越低找到的越多,越高误报越少。</translation>
    </message>
    <message>
      <source>Publish map</source>
      <translation>发布地图</translation>
    </message>
    <message>
      <source>Python</source>
      <translation>Python</translation>
    </message>
    <message>
      <source>Python 3.11 or newer</source>
      <translation>Python 3.11 或更新版本</translation>
    </message>
    <message>
      <source>Radius of the closing (m)</source>
      <translation>闭运算半径（米）</translation>
    </message>
    <message>
      <source>Radius of the opening (m)</source>
      <translation>开运算半径（米）</translation>
    </message>
    <message>
      <source>Rail</source>
      <translation>钢轨</translation>
    </message>
    <message>
      <source>Railmap: set up the engine</source>
      <translation>Railmap:设置引擎</translation>
    </message>
    <message>
      <source>Raster of heights, in any CRS.</source>
      <translation>高程栅格，任意坐标系。</translation>
    </message>
    <message>
      <source>Raster with one band.</source>
      <translation>单波段栅格。</translation>
    </message>
    <message>
      <source>Reference</source>
      <translation>参考数据</translation>
    </message>
    <message>
      <source>Reject</source>
      <translation>拒绝</translation>
    </message>
    <message>
      <source>Removes what is narrower than twice the radius; 0: nothing. Acts on the mask, or on the mask of the network's ridges.</source>
      <translation>去除窄于半径两倍的部分；0 表示不去除。作用于掩膜，或网络脊线的掩膜。</translation>
    </message>
    <message>
      <source>Replace a line of this number</source>
      <translation>替换此编号的线路</translation>
    </message>
    <message>
      <source>Replace values</source>
      <translation>替换已有值</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>报告</translation>
    </message>
    <message>
      <source>Report of the worst defects</source>
      <translation>最严重缺陷的报告</translation>
    </message>
    <message>
      <source>Report on survey</source>
      <translation>测量报告</translation>
    </message>
    <message>
      <source>Reports</source>
      <translation>待核查</translation>
    </message>
    <message>
      <source>Required with a line; otherwise as across the rail.</source>
      <translation>给出线路时必填；否则与横向像素相同。</translation>
    </message>
    <message>
      <source>Review map</source>
      <translation>审核地图</translation>
    </message>
    <message>
      <source>Route</source>
      <translation>径路</translation>
    </message>
    <message>
      <source>Rows that an image repeats of the previous one</source>
      <translation>图片与前一张重复的行数</translation>
    </message>
    <message>
      <source>Scenes</source>
      <translation>场景</translation>
    </message>
    <message>
      <source>Scores</source>
      <translation>评分</translation>
    </message>
    <message>
      <source>Seconds from the camera's time to UTC (s)</source>
      <translation>相机时间到 UTC 的秒数（秒）</translation>
    </message>
    <message>
      <source>Seed of the cross-validation</source>
      <translation>交叉验证的随机种子</translation>
    </message>
    <message>
      <source>Segment rail tracks</source>
      <translation>分割铁路轨道</translation>
    </message>
    <message>
      <source>Segment rail-surface defects</source>
      <translation>钢轨表面缺陷分割</translation>
    </message>
    <message>
      <source>Separated by semicolons; empty: 0.1; 0.25; 0.5; 1.</source>
      <translation>以分号分隔；留空：0.1; 0.25; 0.5; 1。</translation>
    </message>
    <message>
      <source>Set up the engine</source>
      <translation>设置引擎</translation>
    </message>
    <message>
      <source>Set up the engine…</source>
      <translation>设置引擎…</translation>
    </message>
    <message>
      <source>Shape of opening and closing</source>
      <translation>开闭运算的形状</translation>
    </message>
    <message>
      <source>Sharper curves are reported.</source>
      <translation>更急的曲线会被报告。</translation>
    </message>
    <message>
      <source>Sheet</source>
      <translation>图表</translation>
    </message>
    <message>
      <source>Shorter changes are not reported.</source>
      <translation>更短的会被略去。</translation>
    </message>
    <message>
      <source>Shorter sequences get no line.</source>
      <translation>更短的连续轨道不添加线路。</translation>
    </message>
    <message>
      <source>Shorter stretches that only one of the two has are not reported.</source>
      <translation>仅一方具有且更短的区段不报告。</translation>
    </message>
    <message>
      <source>Shorter tracks without a connection are removed.</source>
      <translation>不与其他轨道相连的更短线段将被略去。</translation>
    </message>
    <message>
      <source>Shown beside with a slider; any of its layers, or its file.</source>
      <translation>以滑块并排显示；其任一图层或文件。</translation>
    </message>
    <message>
      <source>Shown under the map of the earlier survey.</source>
      <translation>显示在前期地图之下。</translation>
    </message>
    <message>
      <source>Shown under the map.</source>
      <translation>显示在地图之下。</translation>
    </message>
    <message>
      <source>Shown under the picture.</source>
      <translation>显示在图片之下。</translation>
    </message>
    <message>
      <source>Shows on a sheet where the network looked in a photo, for each of the most probable scenes. The log has their probabilities.</source>
      <translation>在一张图表上针对各个最可能的场景显示网络在照片中关注的位置。日志列出其概率。</translation>
    </message>
    <message>
      <source>Shows where the network looked.</source>
      <translation>显示网络关注的位置。</translation>
    </message>
    <message>
      <source>Side of a view (m)</source>
      <translation>视图边长(米)</translation>
    </message>
    <message>
      <source>Skip events without a usable position</source>
      <translation>略去没有可用位置的事件</translation>
    </message>
    <message>
      <source>Smaller defects are not reported.</source>
      <translation>更小的会被略去。</translation>
    </message>
    <message>
      <source>Smaller gives more vertices.</source>
      <translation>越小则顶点越多。</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>起点</translation>
    </message>
    <message>
      <source>Start as text</source>
      <translation>起点(文本)</translation>
    </message>
    <message>
      <source>Start the review</source>
      <translation>开始审核</translation>
    </message>
    <message>
      <source>Steepest gradient of a track (‰)</source>
      <translation>轨道最大坡度（‰）</translation>
    </message>
    <message>
      <source>Stretches of lower probability get no scene.</source>
      <translation>概率更低的区段不赋予场景。</translation>
    </message>
    <message>
      <source>Such as 2026-05-01; for comparing surveys.</source>
      <translation>如 2026-05-01；用于比较测量。</translation>
    </message>
    <message>
      <source>Such as 2027-05-01; empty: as long after the last survey as the surveys are apart on average.</source>
      <translation>例如 2027-05-01；留空：末期之后再经过各期平均间隔。</translation>
    </message>
    <message>
      <source>Such as 4,1,2 or 1; empty: the first three.</source>
      <translation>如 4,1,2 或 1;留空:前三个波段。</translation>
    </message>
    <message>
      <source>Such as 6185.</source>
      <translation>例如 6185。</translation>
    </message>
    <message>
      <source>Such as railways of OpenStreetMap: what is farther from them is not looked at. With an area to process the intersection is taken.</source>
      <translation>例如 OpenStreetMap 的铁路：更远处不予查看。同时给出处理范围时取其交集。</translation>
    </message>
    <message>
      <source>Such as © Name of the survey; empty: the host of the service.</source>
      <translation>例如 © 测绘机构名称；留空：服务的主机名。</translation>
    </message>
    <message>
      <source>Such events are kept, but without a track.</source>
      <translation>这样的事件会保留,但不关联轨道。</translation>
    </message>
    <message>
      <source>Such photos stay in the table only.</source>
      <translation>这样的照片只留在表中。</translation>
    </message>
    <message>
      <source>Summary</source>
      <translation>摘要</translation>
    </message>
    <message>
      <source>Switches and nodes</source>
      <translation>道岔和节点</translation>
    </message>
    <message>
      <source>Switches and reversals of the route</source>
      <translation>径路的道岔与换向处</translation>
    </message>
    <message>
      <source>Table of positions</source>
      <translation>位置表</translation>
    </message>
    <message>
      <source>Take attributes from OpenStreetMap</source>
      <translation>从 OpenStreetMap 获取属性</translation>
    </message>
    <message>
      <source>Teach scenes</source>
      <translation>教授场景</translation>
    </message>
    <message>
      <source>That failed: {reason}. Correct it and press the button again.</source>
      <translation>失败:{reason}。请更正后再次按下按钮。</translation>
    </message>
    <message>
      <source>The area to process cannot be written: {reason}</source>
      <translation>无法写出处理范围:{reason}</translation>
    </message>
    <message>
      <source>The area to process has no CRS: set that of its layer or give it with the extent.</source>
      <translation>处理范围没有坐标系:请设置其图层的坐标系,或随范围一并给出。</translation>
    </message>
    <message>
      <source>The area to process is empty: no polygon is selected or within the extent.</source>
      <translation>处理范围为空:没有选中多边形,或多边形不在矩形范围内。</translation>
    </message>
    <message>
      <source>The area within these polygons is not evaluated.</source>
      <translation>多边形之内不作评价。</translation>
    </message>
    <message>
      <source>The engine is ready: railmap {version}, {path} ({found}).</source>
      <translation>引擎就绪:railmap {version},{path}({found})。</translation>
    </message>
    <message>
      <source>The engine's wheel file</source>
      <translation>引擎的 wheel 文件</translation>
    </message>
    <message>
      <source>The fastest growing defects over time.</source>
      <translation>增长最快的缺陷随时间的变化。</translation>
    </message>
    <message>
      <source>The file of the map is gone: {path}</source>
      <translation>地图文件已不存在：{path}</translation>
    </message>
    <message>
      <source>The last post is taken back.</source>
      <translation>已撤销上一个公里标。</translation>
    </message>
    <message>
      <source>The last track is taken back.</source>
      <translation>已撤销上一条轨道。</translation>
    </message>
    <message>
      <source>The layer of the tracks cannot be edited: it is read-only.</source>
      <translation>轨道图层无法编辑：它是只读的。</translation>
    </message>
    <message>
      <source>The map under review is no longer in the project; decisions are kept.</source>
      <translation>正在审核的地图已不在工程中；已作的决定仍然保留。</translation>
    </message>
    <message>
      <source>The most probable ones.</source>
      <translation>最可能的几个。</translation>
    </message>
    <message>
      <source>The other images follow it, row by row.</source>
      <translation>其余图片逐行相接。</translation>
    </message>
    <message>
      <source>The other map is not OpenStreetMap</source>
      <translation>另一地图不是 OpenStreetMap</translation>
    </message>
    <message>
      <source>The other side follows from the image.</source>
      <translation>另一边由影像决定。</translation>
    </message>
    <message>
      <source>The program {path} ({found}) does not answer as the engine of this plugin: {reason}. {remedy}</source>
      <translation>程序 {path}({found})的回答不是本插件引擎的回答:{reason}。{remedy}</translation>
    </message>
    <message>
      <source>The railmap engine cannot be started: {reason}</source>
      <translation>无法启动 railmap 引擎:{reason}</translation>
    </message>
    <message>
      <source>The railmap engine has ended: {reason}</source>
      <translation>railmap 引擎已结束：{reason}</translation>
    </message>
    <message>
      <source>The railmap engine is not set up yet.</source>
      <translation>railmap 引擎尚未设置。</translation>
    </message>
    <message>
      <source>The railmap engine is not set up: press “Set up the engine…” in the menu Plugins › Railmap (or set {variable}).</source>
      <translation>railmap 引擎尚未设置:请在菜单“插件 › Railmap”中按“设置引擎…”(或设置 {variable})。</translation>
    </message>
    <message>
      <source>The railmap engine is version {engine} ({path}), this plugin is {plugin}.</source>
      <translation>railmap 引擎版本为 {engine}({path}),本插件为 {plugin}。</translation>
    </message>
    <message>
      <source>The railmap engine is version {engine} ({path}), this plugin is {plugin}: press “Set up the engine…” in the menu Plugins › Railmap to install {plugin}.</source>
      <translation>railmap 引擎版本为 {engine}({path}),本插件为 {plugin}:请在菜单“插件 › Railmap”中按“设置引擎…”安装 {plugin}。</translation>
    </message>
    <message>
      <source>The railmap engine returned no positions: {text}</source>
      <translation>railmap 引擎没有给出位置:{text}</translation>
    </message>
    <message>
      <source>The railmap engine stopped with code {code}: {last}</source>
      <translation>railmap 引擎以代码 {code} 退出:{last}</translation>
    </message>
    <message>
      <source>The railmap engine {path} ({found}) does not run: {reason}. {remedy}</source>
      <translation>railmap 引擎 {path}({found})无法运行:{reason}。{remedy}</translation>
    </message>
    <message>
      <source>The rails where they are visible, or the track probability.</source>
      <translation>可见处用钢轨,否则用轨道概率。</translation>
    </message>
    <message>
      <source>The train keeps its direction.</source>
      <translation>列车不改变方向。</translation>
    </message>
    <message>
      <source>The worst ones.</source>
      <translation>最严重的缺陷。</translation>
    </message>
    <message>
      <source>The worst places are shown, at most this many.</source>
      <translation>显示最严重的位置，最多为此数量。</translation>
    </message>
    <message>
      <source>There is no railmap map in the project: add the layer of its tracks.</source>
      <translation>工程中没有 railmap 地图：请添加其轨道图层。</translation>
    </message>
    <message>
      <source>There is nothing to take back.</source>
      <translation>没有可撤销的内容。</translation>
    </message>
    <message>
      <source>They are read together with the first as one mosaic.</source>
      <translation>与第一幅一起作为一幅影像读取。</translation>
    </message>
    <message>
      <source>This issue is not about one track: edit the map, or accept the issue.</source>
      <translation>此问题不针对单条轨道：请编辑地图或接受该问题。</translation>
    </message>
    <message>
      <source>This place is outside the area of the map's CRS.</source>
      <translation>该位置超出地图坐标参照系的适用范围。</translation>
    </message>
    <message>
      <source>Title</source>
      <translation>标题</translation>
    </message>
    <message>
      <source>Title of the report</source>
      <translation>报告标题</translation>
    </message>
    <message>
      <source>To reverse, the whole train must clear the switch; 0: a point.</source>
      <translation>换向时整列车须出清道岔;0 表示一个点。</translation>
    </message>
    <message>
      <source>Tolerances (m)</source>
      <translation>容差（米）</translation>
    </message>
    <message>
      <source>Trace tracks from a mask</source>
      <translation>由掩膜追踪轨道</translation>
    </message>
    <message>
      <source>Traces the centrelines of a track probability or mask from any source: 0 and 1, 0 to 1 or 0 to 255.</source>
      <translation>由轨道概率或掩膜(任何来源:0 和 1、0 到 1 或 0 到 255)绘制中心线。</translation>
    </message>
    <message>
      <source>Track</source>
      <translation>轨道</translation>
    </message>
    <message>
      <source>Track areas</source>
      <translation>轨道面</translation>
    </message>
    <message>
      <source>Track in a row of pixels (mm)</source>
      <translation>一行像素对应的轨道长度（毫米）</translation>
    </message>
    <message>
      <source>Track per view (m)</source>
      <translation>每个视图的轨道长度(米)</translation>
    </message>
    <message>
      <source>Track probability</source>
      <translation>轨道概率</translation>
    </message>
    <message>
      <source>Tracks</source>
      <translation>轨道</translation>
    </message>
    <message>
      <source>Tracks farther apart are different ones.</source>
      <translation>相距更远的视为另一轨道。</translation>
    </message>
    <message>
      <source>Tracks of OpenStreetMap</source>
      <translation>OpenStreetMap 的轨道</translation>
    </message>
    <message>
      <source>Tracks to evaluate</source>
      <translation>待评价的轨道</translation>
    </message>
    <message>
      <source>Tracks with a lower confidence are reviewed.</source>
      <translation>审核置信度更低的轨道。</translation>
    </message>
    <message>
      <source>Two or more, in any order; of each any of its layers, or its file.</source>
      <translation>两个或多个，顺序不限；各取其任一图层或文件。</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>撤销</translation>
    </message>
    <message>
      <source>Unit of the heights</source>
      <translation>高程单位</translation>
    </message>
    <message>
      <source>Use a program that is there…</source>
      <translation>使用已有的程序…</translation>
    </message>
    <message>
      <source>Use the GPS position in each image</source>
      <translation>使用每张图片中的 GPS 位置</translation>
    </message>
    <message>
      <source>Use the map</source>
      <translation>使用地图</translation>
    </message>
    <message>
      <source>Vertical alignment</source>
      <translation>纵断面</translation>
    </message>
    <message>
      <source>Views</source>
      <translation>视图</translation>
    </message>
    <message>
      <source>Views are square, with the track in the middle.</source>
      <translation>视图为正方形,轨道居中。</translation>
    </message>
    <message>
      <source>Web page</source>
      <translation>网页</translation>
    </message>
    <message>
      <source>What {path} installs does not answer as the engine of this plugin: {reason}. Choose another wheel file.</source>
      <translation>{path} 所安装程序的回答不是本插件引擎的回答:{reason}。请选择其他 wheel 文件。</translation>
    </message>
    <message>
      <source>Wheel file</source>
      <translation>Wheel 文件</translation>
    </message>
    <message>
      <source>Where the model is steeper it is not the height of the track.</source>
      <translation>模型更陡之处不是轨道的高程。</translation>
    </message>
    <message>
      <source>Who must be named as its source</source>
      <translation>须注明的来源</translation>
    </message>
    <message>
      <source>Widest gap that is bridged (m)</source>
      <translation>补全的最大间隙(米)</translation>
    </message>
    <message>
      <source>Width of the rail head (mm)</source>
      <translation>轨头宽度（毫米）</translation>
    </message>
    <message>
      <source>With a post that is farther away nothing is written.</source>
      <translation>若有更远的公里标,则不写入任何内容。</translation>
    </message>
    <message>
      <source>With one folder of photos for each scene, named after it.</source>
      <translation>每个场景一个照片文件夹,以场景命名。</translation>
    </message>
    <message>
      <source>With polygons, their intersection with the extent is used.</source>
      <translation>若同时给出多边形,只处理两者的交集。</translation>
    </message>
    <message>
      <source>With the next parameter: the start of the first image.</source>
      <translation>与下一项一起：第一张图片的起点。</translation>
    </message>
    <message>
      <source>Without reversing</source>
      <translation>不换向</translation>
    </message>
    <message>
      <source>Writes a map as GeoJSON, FlatGeobuf, OSM XML for JOSM, DXF, LandXML or IFC with alignments, RINF as Turtle, CSV of its events, or a QGIS project. The suffix of the file decides.</source>
      <translation>将地图写为 GeoJSON、FlatGeobuf、用于 JOSM 的 OSM XML、DXF、含线形的 LandXML 或 IFC、RINF(Turtle)、事件 CSV 或 QGIS 项目,由文件后缀决定。</translation>
    </message>
    <message>
      <source>Writes a report of a survey as one HTML file for reading and printing: tables of tracks, switches, defects and issues, changes since an earlier survey, and pictures of the worst places.</source>
      <translation>将一次测量的报告写为单个 HTML 文件，供阅读和打印：轨道、道岔、病害和问题的表格，与早期测量相比的变化，以及最严重位置的图片。</translation>
    </message>
    <message>
      <source>Writes the map as a folder that any web server shows: vector tiles and a page with layers, popups and search.</source>
      <translation>将地图写成任何网页服务器都能展示的文件夹:矢量瓦片及带图层、弹窗和搜索的页面。</translation>
    </message>
    <message>
      <source>Writes the track probability of each pixel: 0 to 254, and 255 where there is no image. “Trace tracks from a mask” traces lines from it.</source>
      <translation>写出每个像元为轨道的概率:0 到 254,无影像处为 255。“由掩膜追踪轨道”由此生成线。</translation>
    </message>
    <message>
      <source>accepted</source>
      <translation>已接受</translation>
    </message>
    <message>
      <source>cannot create environments (on Debian and Ubuntu: install python3-venv)</source>
      <translation>无法创建虚拟环境(Debian 和 Ubuntu:请安装 python3-venv)</translation>
    </message>
    <message>
      <source>chosen in “Set up the engine”</source>
      <translation>在“设置引擎”中选择</translation>
    </message>
    <message>
      <source>confidence unknown</source>
      <translation>置信度未知</translation>
    </message>
    <message>
      <source>confidence {value}</source>
      <translation>置信度 {value}</translation>
    </message>
    <message>
      <source>defect, scene_event or any name; empty: derived from the columns or the file name.</source>
      <translation>defect、scene_event 或任意名称;留空:由列或名称判断。</translation>
    </message>
    <message>
      <source>exit code {code}</source>
      <translation>退出代码 {code}</translation>
    </message>
    <message>
      <source>fixed</source>
      <translation>已修正</translation>
    </message>
    <message>
      <source>installed by this plugin</source>
      <translation>由本插件安装</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>没有回答</translation>
    </message>
    <message>
      <source>no answer in {seconds} s</source>
      <translation>{seconds} 秒内没有回答</translation>
    </message>
    <message>
      <source>node_id, or x,y in the CRS of the map; separated by semicolons.</source>
      <translation>node_id,或地图坐标系中的 x,y;以分号分隔。</translation>
    </message>
    <message>
      <source>not 64 bit</source>
      <translation>不是 64 位</translation>
    </message>
    <message>
      <source>now km {km}</source>
      <translation>现为公里 {km}</translation>
    </message>
    <message>
      <source>older than Python {oldest}</source>
      <translation>早于 Python {oldest}</translation>
    </message>
    <message>
      <source>other JSON: {text}</source>
      <translation>其他 JSON:{text}</translation>
    </message>
    <message>
      <source>railmap program or Python with railmap</source>
      <translation>railmap 程序或装有 railmap 的 Python</translation>
    </message>
    <message>
      <source>railway,OpenStreetMap,conflation,attributes,name</source>
      <translation>铁路,OpenStreetMap,融合,属性,名称</translation>
    </message>
    <message>
      <source>railway,accuracy,completeness,correctness,quality</source>
      <translation>铁路,精度,完整率,正确率,质量</translation>
    </message>
    <message>
      <source>railway,chainage,kilometre,milestone,linear referencing</source>
      <translation>铁路,里程,公里,公里标,线性参照</translation>
    </message>
    <message>
      <source>railway,change detection,survey,defect,growth</source>
      <translation>铁路,变化检测,测量,缺陷,增长</translation>
    </message>
    <message>
      <source>railway,defect,growth,forecast,survey,time series</source>
      <translation>铁路,缺陷,增长,预测,测量,时间序列</translation>
    </message>
    <message>
      <source>railway,export,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV</source>
      <translation>铁路,导出,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV</translation>
    </message>
    <message>
      <source>railway,height,elevation,gradient,profile</source>
      <translation>铁路,高程,坡度,纵断面</translation>
    </message>
    <message>
      <source>railway,line,path,chainage,linear referencing</source>
      <translation>铁路,线路,路径,里程,线性参照</translation>
    </message>
    <message>
      <source>railway,linear referencing,chainage,kilometre,milestone</source>
      <translation>铁路,线性参考,里程,公里,公里标</translation>
    </message>
    <message>
      <source>railway,linear referencing,defect,chainage,photo</source>
      <translation>铁路,线性参考,缺陷,里程,照片</translation>
    </message>
    <message>
      <source>railway,photo,scene,classification,deep learning,Grad-CAM</source>
      <translation>铁路,照片,场景,分类,深度学习,Grad-CAM</translation>
    </message>
    <message>
      <source>railway,photo,scene,classification,training</source>
      <translation>铁路,照片,场景,分类,训练</translation>
    </message>
    <message>
      <source>railway,photo,scene,explanation,CAM,Grad-CAM</source>
      <translation>铁路,照片,场景,解释,CAM,Grad-CAM</translation>
    </message>
    <message>
      <source>railway,preview,picture,map</source>
      <translation>铁路,预览,图片,地图</translation>
    </message>
    <message>
      <source>railway,rail,surface,defect,squat,line scan,deep learning,segmentation</source>
      <translation>铁路,钢轨,表面,缺陷,线扫描,深度学习,分割</translation>
    </message>
    <message>
      <source>railway,rail,track,centreline,skeleton,vectorize</source>
      <translation>铁路,钢轨,轨道,中心线,骨架,矢量化</translation>
    </message>
    <message>
      <source>railway,rail,track,centreline,vectorize,deep learning,segmentation</source>
      <translation>铁路,钢轨,轨道,中心线,矢量化,深度学习,分割</translation>
    </message>
    <message>
      <source>railway,rail,track,probability,deep learning,segmentation</source>
      <translation>铁路,钢轨,轨道,概率,深度学习,分割</translation>
    </message>
    <message>
      <source>railway,report,HTML,survey,defect</source>
      <translation>铁路,报告,HTML,测量,病害</translation>
    </message>
    <message>
      <source>railway,route,path,switch,reversal,shunting</source>
      <translation>铁路,径路,路径,道岔,换向,调车</translation>
    </message>
    <message>
      <source>railway,scene,classification,orthophoto,deep learning</source>
      <translation>铁路,场景,分类,正射影像,深度学习</translation>
    </message>
    <message>
      <source>railway,scene,training,orthophoto</source>
      <translation>铁路,场景,训练,正射影像</translation>
    </message>
    <message>
      <source>railway,topology,quality,validate</source>
      <translation>铁路,拓扑,质量,验证</translation>
    </message>
    <message>
      <source>railway,web,tiles,pmtiles,maplibre</source>
      <translation>铁路,网页,瓦片,pmtiles,maplibre</translation>
    </message>
    <message>
      <source>rejected</source>
      <translation>已拒绝</translation>
    </message>
    <message>
      <source>the identity “{identity}”</source>
      <translation>标识“{identity}”</translation>
    </message>
    <message>
      <source>{done} of {count}</source>
      <translation>{done} / {count}</translation>
    </message>
    <message>
      <source>{length} m of track added; U takes it back.</source>
      <translation>已添加 {length} 米轨道；按 U 撤销。</translation>
    </message>
    <message>
      <source>{length} m of track found, {unseen} m of it unseen. Enter keeps it, Esc drops it.</source>
      <translation>找到 {length} 米轨道，其中 {unseen} 米不可见。按 Enter 保留，按 Esc 放弃。</translation>
    </message>
    <message>
      <source>{name}: {path} must be a file that ends in {suffix}.</source>
      <translation>{name}:{path} 必须是以 {suffix} 结尾的文件。</translation>
    </message>
    <message>
      <source>{path} does not have its SHA-256: get the plugin again.</source>
      <translation>{path} 与其 SHA-256 不符：请重新获取插件。</translation>
    </message>
    <message>
      <source>{path} is in use: end running algorithms and press the button again.</source>
      <translation>{path} 正在使用:请结束正在运行的算法后再次按下按钮。</translation>
    </message>
    <message>
      <source>{path} is no Python.</source>
      <translation>{path} 不是 Python。</translation>
    </message>
    <message>
      <source>{path} is not the engine's wheel file: its name must be {pattern}.</source>
      <translation>{path} 不是引擎的 wheel 文件:文件名须为 {pattern}。</translation>
    </message>
    <message>
      <source>{path} is not there.</source>
      <translation>{path} 不存在。</translation>
    </message>
    <message>
      <source>{path}: cannot be written or run: {reason}</source>
      <translation>{path}:无法写入或运行:{reason}</translation>
    </message>
    <message>
      <source>“{words}” gave {answer}</source>
      <translation>“{words}”得到 {answer}</translation>
    </message>
  </context>
</TS>
