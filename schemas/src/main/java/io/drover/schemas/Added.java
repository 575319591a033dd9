// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks what older records on the wire lack, because it was added to a word after its golden file:
 * the schema does not require it, and the record's constructor says what its absence means.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Added {}
