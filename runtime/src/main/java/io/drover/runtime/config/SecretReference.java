// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;

/** Reads a reference to a secret from the one word that it is. */
final class SecretReference extends StdDeserializer<Secret> {
  private static final long serialVersionUID = 1;

  SecretReference() {
    super(Secret.class);
  }

  @Override
  public Secret deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    String text = parser.getValueAsString();
    return new Secret(text == null ? "" : text);
  }
}
