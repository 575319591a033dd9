// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads a SOAP answer into {@link VimData}. It knows no type of vSphere, so an answer of any
 * version can be read. Document type definitions and external entities are off.
 */
final class VimReader {
  private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
  private static final int MAX_DEPTH = 90;
  private static final XMLInputFactory FACTORY = factory();

  private VimReader() {}

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    // No entity can be declared, so these limits would only stop long answers.
    for (String limit : List.of("totalEntitySizeLimit", "maxGeneralEntitySizeLimit")) {
      factory.setProperty("jdk.xml." + limit, "0");
    }
    return factory;
  }

  /** The first element inside the SOAP body: the answer, or the fault. */
  static VimData body(InputStream xml) throws XMLStreamException {
    XMLStreamReader reader;
    synchronized (FACTORY) {
      reader = FACTORY.createXMLStreamReader(xml, "UTF-8");
    }
    while (reader.hasNext()) {
      if (reader.next() == XMLStreamConstants.START_ELEMENT
          && reader.getLocalName().equals("Body")) {
        while (reader.hasNext()) {
          int event = reader.next();
          if (event == XMLStreamConstants.START_ELEMENT) {
            VimData answer = element(reader, 0);
            while (reader.hasNext()) {
              reader.next();
            }
            return answer;
          }
          if (event == XMLStreamConstants.END_ELEMENT) {
            return VimData.ABSENT;
          }
        }
      }
    }
    throw new XMLStreamException("no SOAP body in the answer");
  }

  private static VimData element(XMLStreamReader reader, int depth) throws XMLStreamException {
    if (depth > MAX_DEPTH) {
      throw new XMLStreamException("answer nested deeper than " + MAX_DEPTH);
    }
    String name = reader.getLocalName();
    String type = local(reader.getAttributeValue(XSI, "type"));
    String morefType = reader.getAttributeValue(null, "type");
    List<VimData> parts = List.of();
    StringBuilder text = new StringBuilder();
    int event = reader.next();
    while (event != XMLStreamConstants.END_ELEMENT) {
      if (event == XMLStreamConstants.START_ELEMENT) {
        if (parts.isEmpty()) {
          parts = new ArrayList<>();
        }
        parts.add(element(reader, depth + 1));
      } else if (event == XMLStreamConstants.CHARACTERS
          || event == XMLStreamConstants.CDATA
          || event == XMLStreamConstants.SPACE) {
        text.append(reader.getText());
      }
      event = reader.next();
    }
    return new VimData(name, type, morefType, parts.isEmpty() ? text.toString() : "", parts);
  }

  private static @Nullable String local(@Nullable String qualified) {
    return qualified == null ? null : qualified.substring(qualified.indexOf(':') + 1);
  }
}
