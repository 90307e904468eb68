<labeling type="simple">
        <settings calloutType="simple">
          <text-style fieldName="$field" isExpression="0" fontFamily="Noto Sans" namedStyle="$weight" fontWeight="$heavy" fontSize="$size" fontSizeUnit="Point" textColor="$ink" textOpacity="1" multilineHeight="1">
            <text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="$halo" bufferOpacity="0.9" bufferJoinStyle="128"/>
          </text-style>
          <placement placement="$placement" dist="1" distUnits="MM" priority="$priority" centroidInside="1" fitInPolygonOnly="0" offsetUnits="MM"/>
          <rendering drawLabels="1" obstacle="1" obstacleType="1" displayAll="0"/>
        </settings>
      </labeling>
