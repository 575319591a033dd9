// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * A request of the vSphere API read from its SOAP 1.1 envelope: the method and the operation id of
 * its caller. Document types and entities are refused, and so is nesting deeper than any real
 * request.
 */
public record SoapRequest(XmlNode method, @Nullable String operationId) {
  private static final String XSI = "http://www.w3.org/2001/XMLSchema-instance";
  private static final int MAX_DEPTH = 64;
  private static final XMLInputFactory FACTORY = factory();

  private static XMLInputFactory factory() {
    XMLInputFactory f = XMLInputFactory.newDefaultFactory();
    f.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    f.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    f.setProperty(XMLInputFactory.IS_COALESCING, true);
    return f;
  }

  /** Reads one envelope; anything that is none faults with InvalidRequest. */
  public static SoapRequest read(InputStream in) {
    try {
      XMLStreamReader reader = FACTORY.createXMLStreamReader(in);
      XmlNode envelope = tree(reader);
      if (!envelope.name().equals("Envelope")) {
        throw VimFault.of(
            "InvalidRequest", "Expected a SOAP Envelope, but got " + envelope.name() + ".");
      }
      XmlNode body = envelope.need("Body");
      if (body.children().size() != 1) {
        throw VimFault.of(
            "InvalidRequest",
            "Expected one method in the SOAP Body, but got " + body.children().size() + ".");
      }
      XmlNode header = envelope.child("Header");
      return new SoapRequest(
          body.children().getFirst(), header == null ? null : header.string("operationID"));
    } catch (XMLStreamException e) {
      throw VimFault.of("InvalidRequest", "The request is no readable XML: " + e.getMessage());
    }
  }

  private static XmlNode tree(XMLStreamReader reader) throws XMLStreamException {
    Deque<XmlNode> open = new ArrayDeque<>();
    Deque<StringBuilder> texts = new ArrayDeque<>();
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.DTD ->
            throw VimFault.of("InvalidRequest", "A request must not have a document type.");
        case XMLStreamConstants.START_ELEMENT -> {
          XmlNode node =
              new XmlNode(
                  reader.getLocalName(),
                  reader.getAttributeValue(null, "type"),
                  local(reader.getAttributeValue(XSI, "type")));
          XmlNode parent = open.peek();
          if (parent != null) {
            parent.add(node);
          }
          if (open.size() >= MAX_DEPTH) {
            throw VimFault.of(
                "InvalidRequest", "The request nests deeper than " + MAX_DEPTH + " elements.");
          }
          open.push(node);
          texts.push(new StringBuilder());
        }
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          StringBuilder text = texts.peek();
          if (text != null) {
            text.append(reader.getText());
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          XmlNode node = open.pop();
          node.text(texts.pop().toString());
          if (open.isEmpty()) {
            return node;
          }
        }
        default -> {
          // comments, processing instructions and space carry nothing
        }
      }
    }
    throw VimFault.of("InvalidRequest", "The request is empty.");
  }

  private static @Nullable String local(@Nullable String name) {
    return name == null ? null : name.substring(name.indexOf(':') + 1);
  }
}
